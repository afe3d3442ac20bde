package fleet

import (
	"testing"
	"time"

	"soak/qoe"
)

// A ledger of one viewer, told in seconds: calls that take one, requests that take a
// tenth of one.
func TestLedger(t *testing.T) {
	at := func(s float64) time.Time { return virtualEpoch.Add(time.Duration(s * float64(time.Second))) }
	call := func(s float64, n int, ok bool) qoe.Sample {
		return qoe.Refresh{Start: at(s), Took: time.Second, Call: n, Installed: ok}
	}
	get := func(s float64, token string, status int) qoe.Fetch {
		return qoe.Fetch{Start: at(s), Took: 100 * time.Millisecond, Signed: true, Token: token, Status: status}
	}
	cut := get(9, "a", 0) // 0.05 s of its 0.1 s before the token's end
	cut.Failure, cut.Margin = qoe.ResetFailure, 50*time.Millisecond
	broken := get(9, "a", 0)
	broken.Failure, broken.Margin = qoe.ResetFailure, 10*time.Second
	unsigned := get(2, "", 403)
	unsigned.Signed = false
	type cycle struct {
		call, requests, expired int
		wait                    float64
		open                    bool
	}
	for _, row := range []struct {
		why     string
		samples []qoe.Sample
		want    []cycle
	}{
		{"no token, no cycle", []qoe.Sample{call(0, 1, false), get(1, "a", 403)}, nil},
		{"one token until the end", []qoe.Sample{call(0, 1, true), get(2, "a", 200)}, []cycle{{1, 1, 0, 0, true}}},
		{"the wait counts from the first call", []qoe.Sample{call(0, 1, true), call(10, 2, false), call(16, 3, false), call(22, 4, true)},
			[]cycle{{1, 0, 0, 13, false}, {4, 0, 0, 0, true}}},
		{"what ends after the next token still began before it", []qoe.Sample{call(0, 1, true), call(10, 2, true), get(10.95, "a", 410), get(11.5, "b", 200)},
			[]cycle{{1, 1, 1, 1, false}, {2, 1, 0, 0, true}}},
		{"sent in the instant of the next token, with the old one", []qoe.Sample{call(0, 1, true), get(5, "a", 200), call(10, 2, true), get(11, "a", 403)},
			[]cycle{{1, 2, 1, 1, false}, {2, 0, 0, 0, true}}},
		{"and with the new one", []qoe.Sample{call(0, 1, true), get(5, "a", 200), call(10, 2, true), get(11, "b", 200)},
			[]cycle{{1, 1, 0, 1, false}, {2, 1, 0, 0, true}}},
		{"a loader that asks again for the URL it has", []qoe.Sample{call(0, 1, true), get(9, "a", 403), call(10, 2, true), get(12, "a", 403)},
			[]cycle{{1, 2, 2, 1, false}, {2, 0, 0, 0, true}}},
		{"broken off at expiry, and for another reason", []qoe.Sample{call(0, 1, true), cut, broken}, []cycle{{1, 2, 1, 0, true}}},
		{"a request without a token is none of it", []qoe.Sample{call(0, 1, true), unsigned}, []cycle{{1, 0, 0, 0, true}}},
		{"there is room for three", []qoe.Sample{call(0, 1, true), call(10, 2, true), call(20, 3, true), get(25, "c", 200), call(30, 4, true), get(32, "d", 403), get(33, "c", 403)},
			[]cycle{{1, 0, 0, 1, false}, {2, 0, 0, 1, false}, {3, 2, 1, 1, false}}},
	} {
		l := NewLedger(2, 3)
		for _, s := range row.samples {
			l.Observer().Sample(1, s)
		}
		var got []cycle
		for _, c := range l.Cycles(1) {
			got = append(got, cycle{c.Call, c.Requests, c.Expired, c.Wait.Seconds(), c.Open()})
			if c.Number != len(got) || c.Viewer != 1 || c.Bad() != (c.Expired > 0) {
				t.Errorf("%s: %+v", row.why, c)
			}
		}
		if len(got) != len(row.want) || len(l.Cycles(0)) != 0 {
			t.Errorf("%s: %+v; want %+v", row.why, got, row.want)
			continue
		}
		for i := range got {
			if got[i] != row.want[i] {
				t.Errorf("%s: cycle %d is %+v; want %+v", row.why, i+1, got[i], row.want[i])
			}
		}
	}
}

// What a ledger holds of a run adds up to what its summary says.
func TestLedgerAddsUp(t *testing.T) {
	sc := tight()
	l := NewLedger(sc.Viewers.Count, 1000)
	r, err := Run(t.Context(), sc, Options{Virtual: true, Observer: l.Observer()})
	if err != nil {
		t.Fatal(err)
	}
	cycles, expired := 0, 0
	for v := range l.Viewers() {
		for i, c := range l.Cycles(v) {
			cycles++
			expired += c.Expired
			if i > 0 && !c.At.Equal(l.Cycles(v)[i-1].Until) {
				t.Fatalf("viewer %d: cycle %d begins at %v, the one before ends at %v", v, c.Number, c.At, l.Cycles(v)[i-1].Until)
			}
		}
	}
	m := r.Summary.Metrics()
	if float64(cycles) != m["installed_grants"] || float64(expired) != m["refused_requests"] || expired == 0 {
		t.Errorf("%d cycles, %d expired requests; the summary has %v and %v", cycles, expired, m["installed_grants"], m["refused_requests"])
	}
}
