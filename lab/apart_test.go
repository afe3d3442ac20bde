package lab

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// A lab apart answers as the lab does, from texts of its own, and both count together.
func TestApart(t *testing.T) {
	l := lab(t, Config{
		Subtitles: []Subtitle{{Language: "en"}}, Timeline: true, API: API{Rate: 1, Queue: 10},
		Faults: []EdgeFault{{Kinds: kindsOf(qoe.Init), Times: 1, Status: 503}},
	})
	apart := l.Apart()
	path, _ := granted(t, l, 0)
	path = strings.TrimSuffix(path, "master.m3u8")
	ask := func(l *Lab, name string, at time.Time) Answer {
		return l.Edge(Request{Path: path + name, Viewer: 7, Call: -1}, at)
	}
	for _, name := range []string{"master.m3u8", "index.mpd", "v1/index.m3u8", "v3/index.m3u8", "a1/index.m3u8", "s1/index.m3u8"} {
		one, other := ask(l, name, moment), ask(apart, name, moment)
		if one.Status != 200 || one.Status != other.Status || !bytes.Equal(one.Body(), other.Body()) {
			t.Errorf("%s: %d with %d bytes, apart %d with %d; want the same", name, one.Status, one.Size, other.Status, other.Size)
		}
	}
	mine := func() *byte { return &ask(l, "v1/index.m3u8", moment).Body()[0] }
	before := mine()
	ask(apart, "v1/index.m3u8", moment.Add(playlistSlots*2*time.Second))
	if mine() != before {
		t.Error("a playlist asked for apart has pushed out the lab's own")
	}
	if first, again := ask(l, "v1/init.mp4", moment).Status, ask(apart, "v1/init.mp4", moment).Status; first != 503 || again != 200 {
		t.Errorf("a fault that strikes once: %d, then apart %d; want 503 and 200", first, again)
	}
	call := func(l *Lab) time.Duration {
		return l.Token(Request{RawQuery: "video=live&type=live", Viewer: 1, Call: 1}, moment).Delay
	}
	if first, second := call(l), call(apart); second != first+time.Second {
		t.Errorf("calls wait %v, then apart %v; want a second more: one queue", first, second)
	}
}

// Calls want order where they share a queue or a cache.
func TestCallsShare(t *testing.T) {
	for _, c := range []struct {
		api  API
		want bool
	}{
		{API{}, false},
		{API{FailureRate: 0.5, Faults: []CallFault{{Calls: []int{2}, Status: 500}}}, false},
		{API{Rate: 10}, true},
		{API{SharedCache: time.Minute}, true},
	} {
		if got := lab(t, Config{API: c.api}).CallsShare(); got != c.want {
			t.Errorf("%+v: CallsShare = %v; want %v", c.api, got, c.want)
		}
	}
}
