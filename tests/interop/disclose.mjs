// Signs a credential with ecdsa-sd-2023 and derives proofs that disclose parts of it.
// Arguments: folder of official contexts, unsigned credential, then JSON pointers to disclose.
// Prints {base, derived}.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as sd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import fs from 'node:fs';
import path from 'node:path';

const [contexts, file, ...pointers] = process.argv.slice(2);
const official = JSON.parse(fs.readFileSync(path.join(contexts, 'loader-map.json'), 'utf8'));
const credential = JSON.parse(fs.readFileSync(file, 'utf8'));
const documentLoader = async url => {
  if(!official[url]) {
    throw new Error(`no ${url}`);
  }
  const document = JSON.parse(fs.readFileSync(path.join(contexts, official[url]), 'utf8'));
  return {contextUrl: null, documentUrl: url, document};
};
const key = await EcdsaMultikey.generate({curve: 'P-256'});
const did = `did:key:${key.publicKeyMultibase}`;
key.id = `${did}#${key.publicKeyMultibase}`;
key.controller = did;
credential.issuer.id = did;
const mandatoryPointers = ['/issuer', '/validFrom', '/credentialSubject/achievement'];
const base = await vc.issue({
  credential,
  suite: new DataIntegrityProof({
    signer: key.signer(), cryptosuite: sd.createSignCryptosuite({mandatoryPointers})}),
  documentLoader});
const derived = await vc.derive({
  verifiableCredential: base,
  suite: new DataIntegrityProof({
    cryptosuite: sd.createDiscloseCryptosuite({selectivePointers: pointers})}),
  documentLoader});
console.log(JSON.stringify({base, derived}));
