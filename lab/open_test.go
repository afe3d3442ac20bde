package lab

import (
	"fmt"
	"testing"
	"time"

	"soak/qoe"
)

// An open edge takes every token. What has nothing to do with tokens is as before.
func TestOpenEdges(t *testing.T) {
	l := lab(t, Config{
		CutAtExpiry: true, URLs: URLs{Query: true}, Second: SecondEdge{Bound: true},
		Faults: []EdgeFault{
			{Kinds: kindsOf(qoe.Segment), Number: NumberRange(7, 7), Status: 403},
			{Kinds: kindsOf(qoe.Segment), Number: NumberRange(8, 8), Status: 404},
			{Kinds: kindsOf(qoe.Segment), Number: NumberRange(9, 9), Redirect: true},
		},
	})
	open := l.Open()
	dead := fmt.Sprintf("nonsense/%d", moment.Add(-time.Hour).Unix())
	for _, row := range []struct {
		edge         Edge
		path         string
		closed, open int
		why          string
	}{
		{Plain, "/cmaf/2675_live/" + dead + "/master.m3u8", 403, 200, "wrong, expired and missing in the query"},
		{Plain, "/cmaf/2676_live/" + dead + "/master.m3u8", 403, 200, "of another account"},
		{IPBound, "/cmaf/2675_live/" + dead + "/master.m3u8", 403, 200, "of another address"},
		{Second, "/cmaf/2675_live/" + dead + "/master.m3u8", 403, 200, "of another edge"},
		{Plain, "/cmaf/2675_other/" + dead + "/master.m3u8", 403, 404, "a video that is not there"},
		{Plain, "/not/protected", 404, 404, "a path that is none"},
		{Plain, "/videos/2675_vod/" + dead + "/v1/7.m4s", 403, 200, "a fault that looks like a bad token"},
		{Plain, "/videos/2675_vod/" + dead + "/v1/8.m4s", 404, 404, "a fault of the origin"},
		{Plain, "/videos/2675_vod/" + dead + "/v1/9.m4s", 403, 302, "a redirect, which wants a good token"},
	} {
		r := Request{Edge: row.edge, Path: row.path, Viewer: -1, Call: -1}
		if got := l.Edge(r, moment).Status; got != row.closed {
			t.Errorf("%s: %d; want %d", row.why, got, row.closed)
		}
		a := open.Edge(r, moment)
		if a.Status != row.open || !a.Until.IsZero() {
			t.Errorf("%s, at an open edge: %d until %v; want %d and for ever", row.why, a.Status, a.Until, row.open)
		}
	}
}

func TestHealthyConfig(t *testing.T) {
	sick := Config{Faults: []EdgeFault{{Status: 503}}, API: API{FailureRate: 0.5}, Refusals: Refusals{Cached: time.Minute}}
	well := sick.Healthy()
	if len(well.Faults) != 0 || well.Refusals.Cached != 0 || well.API.FailureRate != 0.5 || len(sick.Faults) != 1 {
		t.Errorf("Healthy = %+v of %+v; want no faults of edges, and the token API as it was", well, sick)
	}
}

// Where answers are shared nobody can be looked at alone.
func TestSharedConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want bool
	}{
		{Config{}, false},
		{Config{API: API{FailureRate: 0.5, HangRate: 0.5}}, false}, // drawn for each viewer
		{Config{API: API{Rate: 10}}, true},
		{Config{API: API{SharedCache: time.Minute}}, true},
		{Config{Refusals: Refusals{Cached: time.Minute}}, true},
	} {
		if got := c.cfg.Shared(); got != c.want {
			t.Errorf("%+v.Shared() = %v; want %v", c.cfg, got, c.want)
		}
	}
}
