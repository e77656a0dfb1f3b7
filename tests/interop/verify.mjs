// Verifies badges with @digitalbazaar/vc and the contexts as published, resolving did:web and
// status lists from the issuer's own server. Arguments: folder of official contexts, then files.
// Prints one JSON document: {file: {verified, errors, revoked}}.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {createVerifyCryptosuite as eddsaJcs2022} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import * as vc from '@digitalbazaar/vc';
import fs from 'node:fs';
import path from 'node:path';

const [contexts, ...files] = process.argv.slice(2);
const official = JSON.parse(fs.readFileSync(path.join(contexts, 'loader-map.json'), 'utf8'));

async function get(url) {
  const answer = await fetch(url, {headers: {accept: 'application/vc+ld+json, application/did+json'}});
  if(!answer.ok) {
    throw new Error(`${url} answers ${answer.status}`);
  }
  return answer.json();
}

async function documentLoader(url) {
  let document;
  if(official[url]) {
    document = JSON.parse(fs.readFileSync(path.join(contexts, official[url]), 'utf8'));
  } else if(url.startsWith('did:web:')) {
    const [did, fragment] = url.split('#');
    const [host, ...steps] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
    const scheme = host.startsWith('localhost') ? 'http' : 'https';
    document = await get(`${scheme}://${host}/${steps.join('/') || '.well-known'}/did.json`);
    if(fragment) {
      const method = document.verificationMethod.find(m => m.id === url);
      document = {'@context': 'https://w3id.org/security/multikey/v1', ...method};
    }
  } else {
    document = await get(url);
  }
  return {contextUrl: null, documentUrl: url, document};
}

const suites = {
  'eddsa-rdfc-2022': new DataIntegrityProof({cryptosuite: eddsaRdfc2022}),
  'eddsa-jcs-2022': new DataIntegrityProof({cryptosuite: eddsaJcs2022()}),
  'ecdsa-rdfc-2019': new DataIntegrityProof({cryptosuite: ecdsaRdfc2019}),
};
const results = {};
for(const file of files) {
  const credential = JSON.parse(fs.readFileSync(file, 'utf8'));
  const suite = Object.values(suites); // the status list may be signed otherwise
  try {
    const proven = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
    const status = proven.statusResult || {};
    const errors = proven.error ? (proven.error.errors || [proven.error]) : [];
    errors.push(...(status.error ? [status.error] : []));
    results[file] = {
      verified: proven.verified,
      proof: (proven.results || []).every(r => r.verified) && (proven.results || []).length > 0,
      status: status.verified === undefined ? null : status.verified,
      revoked: (status.results || []).some(r => r.status),
      errors: errors.map(error => String(error.message)),
    };
  } catch(error) {
    results[file] = {verified: false, proof: false, status: null, revoked: false, errors: [String(error)]};
  }
}
console.log(JSON.stringify(results));
