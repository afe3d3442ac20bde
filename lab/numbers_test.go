package lab

import (
	"fmt"
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, row := range []struct{ text, has, string, why string }{
		{"", "-2 -1 0 1 2 3 4 5 6 7 8", "", "nothing means all"},
		{"7", "7", "7", "one"},
		{" -1 ", "-1", "-1", "live segments before scenario time zero are negative"},
		{"3..5", "3 4 5", "3..5", "both ends included"},
		{"-2..0", "-2 -1 0", "-2..0", "across zero"},
		{"4..4", "4", "4", "a range of one"},
		{"every 4", "0 4 8", "every 4", "0 is one of them"},
		{"every  1", "-2 -1 0 1 2 3 4 5 6 7 8", "every 1", "all, in other words"},
	} {
		var s Numbers
		if err := s.UnmarshalText([]byte(row.text)); err != nil {
			t.Errorf("%q (%s): %v", row.text, row.why, err)
		}
		var has []string
		for n := int64(-2); n <= 8; n++ {
			if s.Has(n) {
				has = append(has, fmt.Sprint(n))
			}
		}
		if got := strings.Join(has, " "); got != row.has || s.String() != row.string {
			t.Errorf("%q (%s) = %q with %s, want %q with %s", row.text, row.why, s, got, row.string, row.has)
		}
	}
	for _, text := range []string{"x", "5..3", "every", "every 0", "every -1", "..", "1..x", "1-3", "99999999999999999999"} {
		if err := new(Numbers).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "write 7, 7..9 or every 4") {
			t.Errorf("%q: %v, want a hint", text, err)
		}
	}
}
