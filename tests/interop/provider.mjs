// A real OpenID provider for the tests: npm's oidc-provider, with one person who is always let in.
import Provider from "oidc-provider";

const [port, client, redirect, logout] = process.argv.slice(2);
const known = new Map();
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: client, client_secret: "a secret of the test", redirect_uris: [redirect],
    backchannel_logout_uri: logout, id_token_signed_response_alg: "RS256",
  }],
  pkce: { required: () => true },
  claims: { openid: ["sub", "groups"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  async findAccount(_ctx, id) {
    const [sub, email, groups] = known.get(id).split("|");
    return { accountId: id, claims: () => ({ sub: id, email, email_verified: true, groups: groups.split(",") }) };
  },
});
let account = "";
provider.use(async (ctx, next) => {
  if (ctx.path === "/be") {
    account = ctx.query.who.split("|")[0];
    known.set(account, ctx.query.who);
    ctx.body = account;
    return undefined;
  }
  if (!ctx.path.startsWith("/interaction/")) return next();
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  let grant = details.grantId ? await provider.Grant.find(details.grantId) : undefined;
  grant ||= new provider.Grant({ accountId: account, clientId: client });
  grant.addOIDCScope("openid email");
  const result = { login: { accountId: account }, consent: { grantId: await grant.save() } };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  return undefined;
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
