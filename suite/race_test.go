//go:build race

package suite

// racing tells that the race detector slows everything down by ten.
const racing = true
