package refresher

import (
	"fmt"
	"testing"
)

// Requests refused by the edge, and what the refresher says to each.
func TestRefused(t *testing.T) {
	first, old := "/cmaf/1_a/token-1/1700000060/x", "/cmaf/1_a/token-0/1700000000/x"
	rows := []struct {
		why   string
		steps map[float64]string // second -> refused URL
		stage stage
		until float64
		calls string
		want  string // second and verdict of each
	}{
		{"one call, then the request goes out again", map[float64]string{5: first}, stage{TTL: 60}, 40, "0+ 5+", "5.1 again"},
		{"two refused at once share it", map[float64]string{5: first, 5.05: first}, stage{TTL: 60}, 40, "0+ 5+", "5.1 again 5.1 again"},
		{"sent under an older grant: the newer is here already", map[float64]string{5: old}, stage{TTL: 60}, 40, "0+", "5 again"},
		{"a foreign URL is not ours to mend", map[float64]string{5: "/ads/1.ts"}, stage{TTL: 60}, 40, "0+", "5 no"},
		{"the call fails", map[float64]string{5: first}, stage{TTL: 60, Answer: fails(2, 2)}, 40, "0+ 5- 5.6+", "5.1 no"},
		{"the API has the same grant still", map[float64]string{5: first}, stage{TTL: 60, Answer: cached}, 5.2, "0+ 5-", "5.1 no"},
		{"back-off is not shortened by refusals", map[float64]string{5: first, 7.8: first}, stage{TTL: 60, Answer: fails(2, 4)}, 40, "0+ 5- 5.6- 6.7- 8.8+", "5.1 no 7.8 no"},
		{"refusals during a scheduled call join it", map[float64]string{50.05: first}, stage{TTL: 60}, 60, "0+ 50+", "50.1 again"},
		{"the new grant is refused too: calls keep 1 s apart",
			map[float64]string{5: first, 5.2: "/cmaf/1_a/token-2/1700000065/x", 6.1: "/cmaf/1_a/token-2/1700000065/x"},
			stage{TTL: 60}, 40, "0+ 5+ 6.1+", "5.1 again 5.2 no 6.2 again"},
		{"a refused grant may be replaced by one with less life", map[float64]string{5: first},
			stage{TTL: 60, Answer: func(n int, a Answer) Answer { a.Grant.Expires -= int64(20 * (n - 1)); return a }}, 6, "0+ 5+", "5.1 again"},
	}
	for _, r := range rows {
		got := ""
		at := map[float64]func(){}
		s := &r.stage
		s.Latency = 100 * ms
		for second, url := range r.steps {
			at[second] = func() {
				s.fresh.Refused(url, func(again bool) {
					verdict := " no"
					if again {
						verdict = " again"
					}
					got += fmt.Sprintf(" %.4g%s", s.loop.Now().Sub(epoch).Seconds(), verdict)
				})
			}
		}
		s.play(t, still(), r.until, at)
		if got != " "+r.want || s.tape() != r.calls {
			t.Errorf("%s: verdicts %s, calls at %s; want %s, %s", r.why, got, s.tape(), r.want, r.calls)
		}
	}
}

func TestOriginalsIgnoreRefusals(t *testing.T) {
	for _, p := range []Policy{GuideHLSJS(), GuideDASHJS(), GcorePlugin()} {
		verdict := ""
		s := &stage{TTL: 60, Latency: 100 * ms}
		s.play(t, p, 40, map[float64]func(){5: func() {
			s.fresh.Refused("/cmaf/1_a/token-1/1700000060/x", func(again bool) { verdict = fmt.Sprint(again) })
			if verdict != "false" {
				t.Errorf("%s: verdict %q at once; want false", p.Name, verdict)
			}
		}})
		if s.tape() != "0+" {
			t.Errorf("%s: calls at %s; want none for the refusal", p.Name, s.tape())
		}
	}
}
