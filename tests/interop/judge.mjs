// Judges many badges with @digitalbazaar/vc and the contexts as published, without a network.
// Arguments: folder of official contexts, then a file {now, documents: {url: document}, badges}.
// Prints [{verified, errors}], in the order of the badges.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {createVerifyCryptosuite as eddsaJcs2022} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import * as vc from '@digitalbazaar/vc';
import fs from 'node:fs';
import path from 'node:path';

const [contexts, file] = process.argv.slice(2);
const official = JSON.parse(fs.readFileSync(path.join(contexts, 'loader-map.json'), 'utf8'));
const {now, documents, badges} = JSON.parse(fs.readFileSync(file, 'utf8'));

function read(url) {
  if(official[url]) {
    return JSON.parse(fs.readFileSync(path.join(contexts, official[url]), 'utf8'));
  }
  const [address, fragment] = url.split('#');
  const document = documents[address];
  if(!document) {
    throw new Error(`${url} cannot be reached`);
  }
  if(!fragment) {
    return document;
  }
  const method = document.verificationMethod.find(m => m.id === url);
  return {'@context': 'https://w3id.org/security/multikey/v1', ...method};
}

const documentLoader = async url => ({contextUrl: null, documentUrl: url, document: read(url)});
const suite = [
  new DataIntegrityProof({cryptosuite: eddsaRdfc2022}),
  new DataIntegrityProof({cryptosuite: eddsaJcs2022()}),
];
const found = [];
for(const credential of badges) {
  try {
    const proven = await vc.verifyCredential({credential, suite, documentLoader, checkStatus, now});
    const revoked = (proven.statusResult?.results || []).some(r => r.status);
    const errors = proven.error ? (proven.error.errors || [proven.error]) : [];
    found.push({
      verified: proven.verified && !revoked,
      errors: [...errors.map(error => String(error.message)), ...(revoked ? ['revoked'] : [])],
    });
  } catch(error) {
    found.push({verified: false, errors: [String(error)]});
  }
}
console.log(JSON.stringify(found));
