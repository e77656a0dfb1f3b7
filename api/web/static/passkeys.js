// Passkeys: asks the device for what the page's form needs, and sends the form. Pages work without.
"use strict";

(function () {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const form = document.getElementById("passkey");
  const field = form && form.elements.namedItem("answer");
  if (!field) return;
  const makes = field.dataset.makePasskey;
  const options = JSON.parse(makes || field.dataset.usePasskey);
  options.challenge = bytes(options.challenge);
  if (makes) {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = known(options.excludeCredentials);
  } else {
    options.allowCredentials = known(options.allowCredentials);
  }

  document.getElementById("with-passkey").hidden = false;
  const without = document.getElementById("without-passkey");
  if (without) without.hidden = true;
  const wrong = document.getElementById("passkey-wrong");
  let waiting = null;

  const send = (made) => {
    const answer = { id: made.id, rawId: text(made.rawId), type: made.type, response: {} };
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) answer.response[part] = text(made.response[part]);
    }
    if (made.response.getTransports) answer.response.transports = made.response.getTransports();
    field.value = JSON.stringify(answer);
    form.submit();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    if (waiting) waiting.abort();
    try {
      send(makes
        ? await navigator.credentials.create({ publicKey: options })
        : await navigator.credentials.get({ publicKey: options }));
    } catch (error) {
      wrong.hidden = false;
    }
  });

  // Offered in the list of the address field, where the browser can.
  const offer = PublicKeyCredential.isConditionalMediationAvailable;
  if (!makes && offer) {
    offer.call(PublicKeyCredential).then((can) => {
      if (!can) return;
      waiting = new AbortController();
      navigator.credentials
        .get({ publicKey: options, mediation: "conditional", signal: waiting.signal })
        .then(send, () => undefined);
    });
  }
})();
