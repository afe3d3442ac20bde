package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/inspect"
	"soak/manifest"
	"soak/token"
)

// list is a live playlist with 2 s segments from first to last.
func list(first, last int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:%d\n", first)
	for n := first; n <= last; n++ {
		fmt.Fprintf(&b, "#EXTINF:2,\n%d.ts\n", n)
	}
	return b.String()
}

// timeline is a live MPD that lists 2 s segments in [first, end).
func timeline(published string, first, end int) string {
	return fmt.Sprintf(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2027-01-15T08:00:00Z" publishTime="%s" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT1H"><Period id="1" start="PT0S"><AdaptationSet mimeType="video/mp4"><SegmentTemplate timescale="1" media="$Time$.m4s"><SegmentTimeline><S t="%d" d="2" r="%d"/></SegmentTimeline></SegmentTemplate><Representation id="v" bandwidth="1"/></AdaptationSet></Period></MPD>`,
		published, 2*first, end-first-1)
}

func TestWatch(t *testing.T) {
	const p1, p2 = "2027-01-15T08:00:00Z", "2027-01-15T08:00:02Z"
	for _, test := range []struct {
		why   string
		loads []string
		after time.Duration // between loads
		moved float64
		want  string // codes of all notes
	}{
		{"a window that slides", []string{list(1, 3), list(2, 4), list(3, 5)}, 2 * time.Second, 4, ""},
		{"one reload too early is no fault", []string{list(1, 3), list(1, 3), list(2, 4)}, time.Second, 2, ""},
		{"nothing new for more than 1.5 target durations, said once", []string{list(1, 3), list(1, 3), list(1, 3)}, 4 * time.Second, 0, "stale"},
		{"an edge that is behind the other one", []string{list(5, 9), list(3, 7)}, 2 * time.Second, -4, "jump-back jump-back"},
		{"a packager that restarted", []string{list(100, 105), list(0, 2)}, 2 * time.Second, -12, "jump-back jump-back"},
		{"a window that jumped over segments", []string{list(1, 3), list(7, 9)}, 2 * time.Second, 6, "gap"},
		{"a segment that is another one now", []string{list(1, 3), strings.Replace(list(2, 4), "3.ts", "x3.ts", 1)}, 2 * time.Second, 2, "rewritten"},
		{"the discontinuity sequence may not fall", []string{
			strings.Replace(list(1, 3), "#EXTINF", "#EXT-X-DISCONTINUITY-SEQUENCE:4\n#EXTINF", 1), list(2, 4)}, 2 * time.Second, 2, "discontinuity"},
		{"an MPD that grows", []string{timeline(p1, 0, 3), timeline(p2, 0, 4)}, 2 * time.Second, 2, ""},
		{"an MPD that changed under one publishTime", []string{timeline(p1, 0, 3), timeline(p1, 1, 4)}, 2 * time.Second, 2, "publish-time"},
		{"an older MPD from another edge", []string{timeline(p2, 1, 4), timeline(p1, 0, 3)}, 2 * time.Second, -2, "publish-time jump-back"},
		{"an MPD whose epoch moved", []string{timeline(p1, 0, 3), strings.Replace(timeline(p2, 0, 4), "08:00:00Z", "08:00:10Z", 1)}, 2 * time.Second, 2, "epoch"},
	} {
		var w inspect.Watch
		at := time.Date(2027, 1, 15, 8, 1, 0, 0, time.UTC)
		for _, body := range test.loads {
			p, err := manifest.Parse("http://edge.example/a/index", "", []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			w.See(p, at)
			at = at.Add(test.after)
		}
		r := w.Result("done")
		codes := []string{}
		for _, s := range r.Steps {
			for _, n := range s.Notes {
				codes = append(codes, n.Code)
			}
		}
		for _, n := range r.Notes {
			codes = append(codes, n.Code)
		}
		if got := strings.Join(codes, " "); got != test.want || r.Moved != test.moved {
			t.Errorf("%s: moved %v s, notes %q; want %v s, %q", test.why, r.Moved, got, test.moved, test.want)
		}
	}
}

// scripted answers one body after another.
type scripted struct {
	bodies []string
	asked  int
}

func (s *scripted) Get(_ context.Context, address string, _ manifest.Range) (inspect.Response, error) {
	if s.asked >= len(s.bodies) {
		return inspect.Response{}, errors.New("no more")
	}
	s.asked++
	return inspect.Response{URL: address, Status: 200, Body: []byte(s.bodies[s.asked-1])}, nil
}

// TestFollow: the waits are those of RFC 8216 section 6.3.4, and the end is clean.
func TestFollow(t *testing.T) {
	fixed := func(context.Context) (string, error) { return "http://edge.example/index.m3u8", nil }
	for _, test := range []struct {
		why    string
		bodies []string
		n      int
		cancel int // after that many sleeps; 0 never
		waits  string
		ended  string
		failed int
	}{
		{"target duration, half of it after no change", []string{list(1, 3), list(2, 4), list(2, 4), list(3, 5)}, 3, 0, "[2s 2s 1s]", "as many reloads", 0},
		{"it ends by itself", []string{list(1, 3), list(2, 4) + "#EXT-X-ENDLIST\n", list(3, 5)}, 9, 0, "[2s]", "nothing more", 0},
		{"a page in place of a playlist is a step like any", []string{list(1, 3), "<html>", list(3, 5)}, 2, 0, "[2s 1s]", "as many reloads", 1},
		{"Ctrl-C", []string{list(1, 3), list(2, 4), list(3, 5)}, 9, 2, "[2s 2s]", "interrupted", 0},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		at, waits, told := now, []time.Duration{}, 0
		clock := inspect.Clock{Now: func() time.Time { return at }, Sleep: func(ctx context.Context, d time.Duration) error {
			waits = append(waits, d)
			if at = at.Add(d); len(waits) == test.cancel {
				cancel()
			}
			return ctx.Err()
		}}
		r := inspect.Follow(ctx, &scripted{bodies: test.bodies}, nil, fixed, test.n, clock, func(inspect.Step) { told++ })
		cancel()
		failed := 0
		for _, s := range r.Steps {
			if s.Error != "" {
				failed++
			}
		}
		if fmt.Sprint(waits) != test.waits || !strings.HasPrefix(r.Ended, test.ended) || failed != test.failed || told != len(r.Steps) {
			t.Errorf("%s: waits %v, ended %q, %d failed, told %d of %d; want %s, %q, %d",
				test.why, waits, r.Ended, failed, told, len(r.Steps), test.waits, test.ended, test.failed)
		}
	}
}

// TestFollowLab: the lab's live streams do nothing that is worth a note.
func TestFollowLab(t *testing.T) {
	for _, s := range labStreams[:2] {
		d := newDirect(t)
		file := strings.Replace(s.file, "master", "v1/index", 1)
		address := func(context.Context) (string, error) {
			return d.url(s.kind, s.video, file, token.Grant{Expires: d.now.Unix() + 60}), nil
		}
		clock := inspect.Clock{Now: func() time.Time { return d.now }, Sleep: func(_ context.Context, wait time.Duration) error {
			d.now = d.now.Add(wait)
			return nil
		}}
		r := inspect.Follow(t.Context(), moving{&d}, nil, address, 5, clock, func(inspect.Step) {})
		if len(r.Steps) != 6 || r.Moved != 10 || len(r.Notes) != 0 {
			t.Errorf("%s: %d loads, moved %v s, %v; want 6, 10 s, no notes", s.name, len(r.Steps), r.Moved, r.Notes)
		}
		for _, step := range r.Steps {
			if len(step.Notes) > 0 || step.Error != "" {
				t.Errorf("%s at %v s: %v %s", s.name, step.At, step.Notes, step.Error)
			}
		}
	}
}

// moving is a lab whose clock is somebody else's.
type moving struct{ d *direct }

func (m moving) Get(ctx context.Context, address string, part manifest.Range) (inspect.Response, error) {
	return m.d.Get(ctx, address, part)
}
