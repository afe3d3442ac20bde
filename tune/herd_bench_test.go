package tune

import "testing"

// BenchmarkHerd lets ten thousand viewers join and refresh for five minutes.
func BenchmarkHerd(b *testing.B) {
	for b.Loop() {
		if _, err := crowdOf(10_000).play(b.Context(), 0, 0); err != nil {
			b.Fatal(err)
		}
	}
}
