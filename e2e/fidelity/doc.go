// Package fidelity holds soak's players against the real ones. A pair is one
// scenario with one viewer, played twice: by hls.js or dash.js in headless
// Chromium, and by our profile of it. Both leave an [Observation]; comparing the two
// tells whether the profile can be believed.
//
//	pairs/NAME.yaml ──▶ Chromium, real time ──▶ truth/NAME.json ──┐
//	       └──────────▶ profile, virtual time ───────────────────┴──▶ table
//
// The browser's observations are committed, so the cheap half runs everywhere, in
// seconds. The browser half runs with the build tag e2e.
//
// A virtual play begins at the very instant at which the browser's began, so that
// segments appear and tokens expire at the same moments of both.
package fidelity
