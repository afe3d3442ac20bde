// Package inspect says what a manifest means to a person, and what the URLs of
// its children would carry once the token has been refreshed.
//
// The one idea: what a player will ask for can be derived from what was fetched
// once. A [Page] is a manifest as it came, with the URL asked for and the final
// one after redirects; [Derive] replays, for each refresh policy, which base
// each player resolves children against, and what the policy's rewriting then
// makes of them:
//
//	asked /t1/… ─ 302? ─▶ final /t1/… ─ resolve ─▶ child /t1/… ─ rewrite ─▶ /t2/…   reached
//	asked /t2/… ─ 302? ─▶ final /t2/… ─ resolve ─▶ child /t2/… ─ rewrite ─▶ /t2/…   stale after the next refresh
//
// Nothing is guessed from one sight that a second fetch can show: given the same
// manifests under a second token, what echoes the token of the request and what
// holds one of its own are told apart.
//
// [Watch] follows a live manifest: what moved, what stood still, what jumped.
//
// inspect reads no clock and keeps no viewer: it knows nothing of buffers,
// latency or how often a token is refreshed. Whatever it shows holds no token,
// only hashes.
package inspect
