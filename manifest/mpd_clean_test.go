package manifest

import (
	"regexp"
	"testing"
)

// The durations that go-dash reads are those of this expression, whose compilation
// took longer than the rest of the program's start.
func TestGoDashDurations(t *testing.T) {
	want := regexp.MustCompile(`^P(\d{1,6}D)?(T(\d{1,9}H)?(\d{1,9}M)?(\d{1,9}(\.\d+)?S)?)?$`)
	pieces := []string{"", "P", "T", "1", "123456", "1234567", "1234567890", "D", "H", "M", "S", ".", ".5", "4H", "2M", "6.04S", "\n"}
	read := 0
	var try func(text string, more int)
	try = func(text string, more int) {
		if got, want := goDashReads(text), want.MatchString(text); got != want {
			t.Fatalf("goDashReads(%q) = %v; want %v", text, got, want)
		} else if got {
			read++
		}
		for _, piece := range pieces {
			if more > 0 && piece != "" {
				try(text+piece, more-1)
			}
		}
	}
	for _, start := range pieces {
		try(start, 3)
		try("P"+start, 3)
		try("PT1H2"+start, 3)
	}
	if read < 400 {
		t.Errorf("only %d durations were read", read)
	}
}
