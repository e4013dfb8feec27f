// Package oidc lets agents in who signed in with the company's own OpenID Connect
// provider. It reads tokens and asks nobody but the provider for its keys; signing
// in, second factors and leaving the company are the provider's business.
//
// # Which token
//
// The desk is an API, so it wants an access token that was made for it: a JWT of
// the issuer whose aud names the desk (RFC 9068, section 4). Providers differ:
//
//   - Amazon Cognito: access tokens have no aud; client_id says who asked for them,
//     and token_use what they are. There the audience is the page's client id, and
//     the roles are in cognito:groups. Names are only in ID tokens unless a pre token
//     generation trigger adds them.
//     https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
//   - Microsoft Entra ID: an access token is for whichever API the scope names, and
//     nobody else can check it. Register the desk as an API, ask for its scope; the
//     audience is its application id, the roles are in roles.
//     https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens
//   - Keycloak: aud needs an audience mapper; the roles are in realm_access.roles.
//     https://www.keycloak.org/docs/latest/server_admin/#audience-support
//   - Auth0: a JWT only if the request names an audience; own claims have names
//     such as https://your.host/roles.
//     https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
//   - A provider whose access tokens are opaque: its ID token, whose aud is the
//     page's client id (OpenID Connect Core, section 2).
//
// So a token is taken if it is for one of Options.Audience, whatever its kind. An ID
// token is taken only where the page's client id is listed there. Where the provider
// knows APIs, list the API's identifier instead.
//
// # What is checked
//
// The signature, by an algorithm of Algorithms and a key of the issuer's; iss, to the
// letter; exp, which must be there, and nbf, with Leeway; aud, and who asked for the
// token (azp or its like). Which claim says the role is an option. No error quotes a
// token or what is in it.
//
// Keys are fetched when first needed, kept for an hour, and asked for anew when a
// token names an unknown one, at most every half minute: made-up tokens must not
// become calls to the provider. While the provider does not answer, the keys it gave
// last are good for a day.
package oidc
