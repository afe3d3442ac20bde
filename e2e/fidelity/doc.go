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
// A page plays what a pair says, behind a proxy of its own that is the viewer's
// access link and notes what crosses it; what only a page can see (playhead, stalls,
// renditions, errors) it tells itself:
//
//	page ──▶ proxy ──▶ lab, or nginx and ffmpeg
//	  └─ /begin, /done ─▶ stage
//
// New recordings are made with
//
//	nice -n -5 go test -tags e2e ./e2e/fidelity -run TestRecord -record '^hls-live' -repeats 2 -timeout 2h
//
// which keeps the runs that are there and plays until there are two; -anew keeps
// none. Plays that a busy machine has disturbed are thrown away.
//
// A virtual play begins at the very instant at which the browser's began, so that
// segments appear and tokens expire at the same moments of both. It is played a few
// times with other seeds: browsers take now more, now less time over things, and
// where milliseconds decide both sides vary (see [Compare]).
//
//	go test ./e2e/fidelity -run PairsAgree -v               prints the table
//	go test ./e2e/fidelity -run PairsAgree -update          writes TABLE.md and table.json
//	go test ./e2e/fidelity -run SideBySide -pair NAME -v    shows where two plays part
//
// What misses is mended in the profile, or explained in explained.yaml; an
// explanation of what is no miss any more fails the test, as a miss without one does.
package fidelity
