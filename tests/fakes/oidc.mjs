// A city's identity service for tests: the real oidc-provider, whose sign-in page lets in whoever it was told to.
// node oidc.mjs PORT CALLBACK; prints "ready". GET /be?name=&acr= says who signs in next, and how well proved.
import http from "node:http";
import Provider from "oidc-provider";

const [port, callback] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let somebody = { name: "clerk", acr: undefined };

const provider = new Provider(issuer, {
  clients: [{
    client_id: "canbao", client_secret: "only-for-tests-0123456789-0123456789", redirect_uris: [callback],
    token_endpoint_auth_method: "client_secret_post", response_types: ["code"], grant_types: ["authorization_code"],
  }],
  claims: { openid: ["sub", "acr"], profile: ["preferred_username"] },
  acrValues: ["two-factors"],
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  cookies: { keys: ["test"] },
  interactions: { url: (_, interaction) => `/enter/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id.split("|")[0] }) }),
});

async function enter(req, res) {
  const { prompt, params, session } = await provider.interactionDetails(req, res);
  if (prompt.name === "login") {
    const login = { accountId: `${somebody.name}|sub`, acr: somebody.acr };
    return provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid profile");
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const answer = provider.callback();
http.createServer((req, res) => {
  const url = new URL(req.url, issuer);
  if (url.pathname === "/be") {
    somebody = { name: url.searchParams.get("name"), acr: url.searchParams.get("acr") ?? undefined };
    return res.end("ok");
  }
  if (url.pathname.startsWith("/enter/")) return enter(req, res).catch((error) => { res.statusCode = 500; res.end(String(error)); });
  return answer(req, res);
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
