// An OpenID provider for the tests: npm's oidc-provider with two clients, and with accounts that the tests put there.
//
// Usage: node provider.mjs PORT CLIENTS    CLIENTS is a JSON list of {id, secret, redirect_uri}
//
// Beside the endpoints of oidc-provider (/auth, /token, /me) it answers
//   PUT /accounts/SUB    the account SUB has the claims of the body from now on; its login name is SUB
//   GET /tokeninfo       what Google's tokeninfo tells of an access token, foremost to whom it was issued
//   GET /process         the id of this process
import { Buffer } from 'node:buffer';
import process from 'node:process';

import { Provider } from 'oidc-provider';

const [port, clients] = process.argv.slice(2);
const accounts = new Map();

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: JSON.parse(clients).map((each) => ({
    client_id: each.id,
    client_secret: each.secret,
    redirect_uris: [each.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'given_name', 'middle_name', 'family_name', 'locale', 'picture'],
  },
  findAccount: (_, sub) => accounts.has(sub) && { accountId: sub, claims: () => ({ ...accounts.get(sub), sub }) },
  // As the large providers do: a secret is enough, and PKCE is welcome.
  pkce: { required: () => false },
  cookies: { keys: ['a key of the tests'] },
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
});

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function tokenInfo(text) {
  const token = text && (await provider.AccessToken.find(text));
  if (!token) return [400, { error: 'invalid_token', error_description: 'Invalid Value' }];
  const claims = token.scope.split(' ').includes('email') ? accounts.get(token.accountId) : {};
  return [200, {
    azp: token.clientId,
    aud: token.clientId,
    sub: token.accountId,
    scope: token.scope,
    exp: String(token.exp),
    expires_in: String(token.remainingTTL),
    ...(claims.email && { email: claims.email, email_verified: String(claims.email_verified ?? false) }),
  }];
}

provider.use(async (ctx, next) => {
  const [, first, rest] = ctx.path.split('/');
  if (first === 'accounts' && ctx.method === 'PUT') {
    accounts.set(decodeURIComponent(rest), await bodyOf(ctx.req));
    ctx.status = 204;
  } else if (first === 'tokeninfo') {
    [ctx.status, ctx.body] = await tokenInfo(ctx.query.access_token);
  } else if (first === 'process') {
    ctx.body = String(process.pid);
  } else {
    await next();
  }
});

provider.listen(Number(port), '127.0.0.1');
