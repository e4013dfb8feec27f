// Package oidc lets agents in who signed in with the company's own OpenID Connect
// provider. It reads tokens and asks nobody but the provider for its keys; signing
// in, second factors and leaving the company are the provider's business.
//
// # Which token
//
// The desk is an API, so it wants an access token that was made for it: a JWT of
// the issuer whose aud names the desk (RFC 9068, section 4). Where the provider knows
// no APIs, or nobody told it of one, the page's own id is the audience, and the page
// shows its ID token (OpenID Connect Core, section 2). A token is taken if it is for
// one of Options.Audience, whatever its kind. So an ID token is taken only where the
// page's id is listed there. Providers differ:
//
//   - Amazon Cognito: the audience is the page's id, the roles are in cognito:groups.
//     Its access tokens are taken too: they have no aud, but token_use says what they
//     are and client_id who asked. They hold no name.
//     https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
//   - Microsoft Entra ID: an access token is for whichever API the scope names, and
//     nobody else can check it; without a scope of ours it is for Microsoft's own. The
//     audience is the page's id, or that of an API with Page.Scope naming it; the
//     roles are in roles.
//     https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens
//   - Keycloak: an API's name gets into aud by an audience mapper; the roles are in
//     realm_access.roles.
//     https://www.keycloak.org/docs/latest/server_admin/#audience-support
//   - Auth0: an access token is a JWT only if the request names an audience, which the
//     page does; own claims have names such as https://your.host/roles.
//     https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
//
// # What is checked
//
// The signature, by an algorithm of jwks.Algorithms and a key of the issuer's; iss, to the
// letter; exp, which must be there, and nbf, with Leeway; aud, and who asked for the
// token (azp or its like). Which claim says the role is an option. No error quotes a
// token or what is in it.
//
// Keys are fetched when first needed; package jwks says how long they are kept, and how
// often the provider is asked.
package oidc
