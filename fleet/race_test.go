//go:build race

package fleet

// racing tells that the race detector slows everything down by ten.
const racing = true
