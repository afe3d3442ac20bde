package scenarios

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"lead", "mode", "ttl", "viewers", "maxBufferLength"}
	for _, c := range []struct{ text, want, why string }{
		{"laed", "lead", "two letters swapped"},
		{"LEAD", "lead", "capitals"},
		{"viewer", "viewers", "one letter short"},
		{"maxBufferLenght", "maxBufferLength", "a slip in a long name"},
		{"xyzzy", "", "like nothing"},
		{"", "", "nothing"},
		{"tt", "ttl", "short, one letter off"},
	} {
		if got := nearest(c.text, names); got != c.want {
			t.Errorf("nearest(%q) = %q, want %q: %s", c.text, got, c.want, c.why)
		}
	}
}
