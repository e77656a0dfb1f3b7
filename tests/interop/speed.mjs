// How fast @digitalbazaar/vc signs and verifies one badge in this process.
// Arguments: folder of official contexts, badge file, seconds for each. Prints {sign, verify} per s.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import fs from 'node:fs';
import path from 'node:path';

const [contexts, file, seconds] = process.argv.slice(2);
const official = JSON.parse(fs.readFileSync(path.join(contexts, 'loader-map.json'), 'utf8'));
const badge = JSON.parse(fs.readFileSync(file, 'utf8'));
delete badge.proof;
delete badge.credentialStatus;

const key = await Ed25519Multikey.generate();
const did = `did:key:${key.publicKeyMultibase}`;
key.id = `${did}#${key.publicKeyMultibase}`;
key.controller = did;
badge.issuer.id = did;
const method = await key.export({publicKey: true});
const documents = new Map(Object.entries(official).map(([url, name]) =>
  [url, JSON.parse(fs.readFileSync(path.join(contexts, name), 'utf8'))]));
documents.set(key.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
documents.set(did, {
  '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
  id: did, verificationMethod: [method], assertionMethod: [key.id]});
const documentLoader = async url => {
  if(!documents.has(url)) {
    throw new Error(`no ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: documents.get(url)};
};

async function rate(work) {
  for(let i = 0; i < 20; ++i) {
    await work();
  }
  const began = performance.now();
  let times = 0;
  while(performance.now() - began < seconds * 1000) {
    await work();
    ++times;
  }
  return times / (performance.now() - began) * 1000;
}

const sign = () => vc.issue({
  credential: structuredClone(badge),
  suite: new DataIntegrityProof({signer: key.signer(), cryptosuite}), documentLoader});
const signed = await sign();
const verify = async () => {
  const found = await vc.verifyCredential({
    credential: signed, suite: new DataIntegrityProof({cryptosuite}), documentLoader});
  if(!found.verified) {
    throw found.error;
  }
};
console.log(JSON.stringify({sign: await rate(sign), verify: await rate(verify)}));
