package fleet

import (
	"reflect"
	"testing"
	"time"

	"soak/lab"
	"soak/refresher"
)

// A viewer in computed time is handed what it would read in the answer's text, but for the
// other edge's token and URL, and any URL once there is a player.
func TestTokensAreHandedOverAsTheyAreWritten(t *testing.T) {
	for _, row := range []struct {
		cfg    lab.Config
		query  string
		handed bool
		why    string
	}{
		{lab.Config{}, "video=live&type=live&expire=60", true, "the guide's"},
		{lab.Config{}, "video=vod&type=vod&client_ip=192.0.2.1", true, "for another address"},
		{lab.Config{URLs: lab.URLs{Prefix: "/a/1699999999", TokenLength: 6, TokenSuffix: "=="}}, "video=live", true, "tokens of another form"},
		{lab.Config{API: lab.API{Rate: 10}, Rotations: []lab.Rotation{{At: time.Second}}}, "video=live", true, "a queue, and a new secret"},
		{lab.Config{}, "video=live&expire=1800000000000", false, "milliseconds: the text tells what is wrong"},
		{lab.Config{}, `video="`, false, "quotes have to be escaped"},
		{lab.Config{URLs: lab.URLs{Query: true}}, "video=live", false, "and so has &"},
		{lab.Config{API: lab.API{Faults: []lab.CallFault{{From: 1, Answer: "no-token"}}}}, "video=live", false, "an answer gone wrong"},
		{lab.Config{API: lab.API{FailureRate: 1}}, "video=live", false, "no token"},
	} {
		site, err := lab.New(row.cfg, 1, virtualEpoch)
		if err != nil {
			t.Fatal(err)
		}
		a := site.Token(lab.Request{RawQuery: row.query, ClientIP: "10.0.0.7", Viewer: 1, Call: 1}, virtualEpoch.Add(2*time.Second))
		want := refresher.ReadModelled(a.Status, a.Date, "", a.Body())
		i := a.Issue()
		if (i != nil) != row.handed {
			t.Errorf("%s: handed over is %v", row.why, i != nil)
		}
		if i == nil {
			continue
		}
		for n := range 4 {
			bound, played := n&1 > 0, n&2 > 0
			got, want := (&modelSource{bound: bound, played: func() bool { return played }}).handed(i), want
			got.Status, got.Date = a.Status, a.Date
			if bound {
				want.URL = ""
			} else {
				want.TokenIP, want.URLIP = "", ""
			}
			if played {
				want.URL, want.URLIP = "", ""
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, bound %v, played %v: %+v; want %+v", row.why, bound, played, got, want)
			}
		}
	}
}
