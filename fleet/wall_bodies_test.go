package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
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

// Of a compressed playlist that a crowd receives one is unpacked; a small body that would
// be a huge document is refused before it is one.
func TestBodiesAreUnpackedOnce(t *testing.T) {
	b := newBodies()
	text := "#EXTM3U\n" + strings.Repeat("#EXTINF:2,\nseg.ts\n", 100)
	body := packed(text)
	first, err := b.decode(body, gzipped)
	if err != nil || string(first) != text {
		t.Fatalf("%.40q, %v", first, err)
	}
	if got := testing.AllocsPerRun(100, func() { first, err = b.decode(body, gzipped) }); got != 0 || err != nil || string(first) != text {
		t.Errorf("a known body takes %v allocations, %v; want none", got, err)
	}
	for i := range 10 * keptBodies { // more than there are places for
		text := fmt.Sprint("#EXTM3U ", i)
		if got, err := b.decode(packed(text), gzipped); err != nil || string(got) != text {
			t.Fatalf("%q, %v; want %q", got, err, text)
		}
	}
	for _, size := range []int{sharedBody + 1, maxDocument, maxDocument + 1} {
		got, err := b.decode(packed(strings.Repeat("#", size)), gzipped)
		if (len(got) == size) == (size > maxDocument) || errors.Is(err, errTooLarge) != (size > maxDocument) {
			t.Errorf("%d bytes unpacked: %d, %v", size, len(got), err)
		}
	}
}
