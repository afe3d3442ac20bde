package fleet

import (
	"bytes"
	"fmt"
	"testing"
	"unsafe"
)

func TestBodiesAreShared(t *testing.T) {
	b := newBodies()
	received := []byte("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1\n")
	first := b.share(received)
	if again := b.share(bytes.Clone(received)); unsafe.SliceData(again) != unsafe.SliceData(first) {
		t.Error("the same body lies in two places")
	}
	was := string(first)
	for i := range 10 * keptBodies { // more than there are places for
		copy(received, fmt.Sprintf("#%06d", i))
		if got := b.share(received); string(got) != string(received) {
			t.Fatalf("share(%q) = %q", received, got)
		}
	}
	if string(first) != was {
		t.Errorf("a body that was handed out became %q, was %q", first, was)
	}
	if got := testing.AllocsPerRun(100, func() { b.share(received) }); got != 0 {
		t.Errorf("a known body takes %v allocations; want none", got)
	}
	if got := b.share(nil); len(got) != 0 {
		t.Errorf("share(nil) = %q", got)
	}
}
