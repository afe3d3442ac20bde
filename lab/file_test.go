package lab

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// Times are written as package time does it by their layout.
func TestDateTimes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		at := time.Unix(rng.Int64N(1<<33), rng.Int64N(int64(time.Second))).UTC()
		if got, want := string(appendDateTime(nil, at)), at.Format(dateTime); got != want {
			t.Fatalf("%v is written %s; want %s", at, got, want)
		}
	}
}

func TestNumbersHaveOneForm(t *testing.T) {
	for _, row := range []struct {
		text string
		ok   bool
		why  string
	}{
		{"", false, "nothing"},
		{"0", true, "the first segment"},
		{"00", false, "a leading zero"},
		{"7", true, "one digit"},
		{"1234567", true, "seven"},
		{"12345678", true, "eight at once"},
		{"123456789", true, "and one more"},
		{"300000012", true, "live, of 6 s"},
		{"999999999999", true, "the most"},
		{"1000000000000", false, "too many"},
		{"0123456789", false, "a leading zero"},
		{"1234/678", false, "just below the digits"},
		{"1234:678", false, "just above"},
		{"/2345678", false, "first of eight"},
		{"1234567\x00", false, "last of eight"},
		{"1234567\xff", false, "no ASCII"},
		{"\xb12345678", false, "a digit but for its top bit"},
		{"12345678x", false, "behind eight"},
		{"-1234567", false, "a sign"},
	} {
		want, _ := strconv.ParseInt(row.text, 10, 64)
		if n, ok := canonical(row.text); ok != row.ok || ok && n != want {
			t.Errorf("canonical(%q) = %d, %v; want %d, %v: %s", row.text, n, ok, want, row.ok, row.why)
		}
	}
	for n := int64(1); n < 1e12; n += 1 + n/7 {
		if got, ok := canonical(strconv.FormatInt(n, 10)); !ok || got != n {
			t.Errorf("canonical(%d) = %d, %v", n, got, ok)
		}
	}
	good := []byte("12345678")
	for i := range good {
		for c := range 256 {
			text := append([]byte(nil), good...)
			text[i] = byte(c)
			if _, ok := eightDigits(string(text)); ok != ('0' <= c && c <= '9') {
				t.Errorf("eightDigits(%q) is %v", text, ok)
			}
		}
	}
}
