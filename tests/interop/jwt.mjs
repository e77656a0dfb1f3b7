// Verifies VC-JWTs with jose: the key is the publicKeyJwk that the token's kid names in the DID
// document. Arguments: DID document, then files. Prints {file: {verified, header, payload}}.
import {importJWK, jwtVerify, decodeProtectedHeader} from 'jose';
import fs from 'node:fs';

const [did, ...files] = process.argv.slice(2);
const document = JSON.parse(fs.readFileSync(did, 'utf8'));
const results = {};
for(const file of files) {
  const token = fs.readFileSync(file, 'utf8').trim();
  try {
    const {kid, alg} = decodeProtectedHeader(token);
    const method = document.verificationMethod.find(m => m.id === kid);
    const key = await importJWK(method.publicKeyJwk, alg);
    const {payload, protectedHeader} = await jwtVerify(token, key, {algorithms: ['ES256']});
    results[file] = {verified: true, header: protectedHeader, payload};
  } catch(error) {
    results[file] = {verified: false, error: String(error)};
  }
}
console.log(JSON.stringify(results));
