// Package e2e holds the end-to-end tests: soak against Debian's nginx, and
// clients that nobody here wrote (ffmpeg, and hls.js and dash.js in Chromium)
// against soak's lab. They run with
//
//	go test -tags e2e ./e2e
//
// and need what scripts/test installs. A missing part fails in CI and is skipped,
// with the way to install it, elsewhere.
package e2e
