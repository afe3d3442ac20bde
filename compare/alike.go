package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"soak/qoe"
	"soak/scenarios"
)

// words are keys that say nothing of what happens in a run.
var words = []string{"version", "name", "title", "why", "watch", "hazard", "group", "seed"}

// asked tells whether a key changes what is played, or only how it is told and judged.
func asked(key string) bool {
	first, _, _ := strings.Cut(key, ".")
	first, _, _ = strings.Cut(first, "[")
	return !slices.Contains(words, first) && first != "thresholds" && first != "expect"
}

// tokens are keys of a cohort that say how it comes by tokens: what one compares.
var tokens = regexp.MustCompile(`^viewers\.mix\[\d+\]\.(policy|token|name)\b`)

// audience tells whether a key says who watches what and when. Other numbers of the same
// kinds of viewers are another audience too: they meet the token API in other crowds.
func audience(key string) bool {
	return key == "duration" || key == "target.url" || strings.HasPrefix(key, "arrival") || strings.HasPrefix(key, "viewers") && !tokens.MatchString(key)
}

// alike tells in what the two runs differ, and whether they can be compared.
func (r *Result) alike(a, b *Run, differences []scenarios.Difference, anyway bool) {
	r.SameSeed, r.SameFaults = a.Scenario.Seed == b.Scenario.Seed, true
	var others []string
	for _, d := range differences {
		if !asked(d.Key) {
			continue
		}
		r.Differences = append(r.Differences, d)
		if audience(d.Key) {
			others = append(others, d.Key)
		}
		if strings.HasPrefix(d.Key, "target.") {
			r.SameFaults = false
		}
	}
	if len(others) > 0 && !anyway {
		r.Reasons = append(r.Reasons, "other viewers watch, or otherwise: "+listed(others)+" differ")
	}
	if a.Virtual != b.Virtual && !anyway {
		r.Reasons = append(r.Reasons, "one was played over sockets, the other was computed")
	}
	for _, run := range []*Run{a, b} {
		for _, doubt := range run.Doubts {
			r.Reasons = append(r.Reasons, fmt.Sprintf("%s: %s", run.Name, doubt))
		}
		if run.Summary.Total.Viewers.Arrived == 0 {
			r.Reasons = append(r.Reasons, run.Name+": nobody watched")
		}
	}
	r.Paired = r.SameSeed && len(others) == 0 && a.Virtual == b.Virtual && complete(a.Summary) && complete(b.Summary) &&
		a.Summary.Total.Viewers.Arrived == b.Summary.Total.Viewers.Arrived
}

// listed names a few keys.
func listed(keys []string) string {
	const few = 4
	if len(keys) > few {
		return fmt.Sprintf("%s and %d more keys", strings.Join(keys[:few], ", "), len(keys)-few)
	}
	return strings.Join(keys, ", ")
}

// complete tells whether a summary names all viewers who noticed anything or were
// refused anything.
func complete(s *qoe.Summary) bool { return len(s.Worst) < qoe.MaxWorst }

func equal(a, b *qoe.Summary) (bool, error) {
	one, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	other, err := json.Marshal(b)
	return bytes.Equal(one, other), err
}
