package manifest

import (
	"fmt"
	"math"
	"testing"
	"time"
)

var epoch = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// live is a dynamic MPD of one video rendition with the given template.
func live(attr, period, template string) string {
	return mpdOf(`type="dynamic" availabilityStartTime="2026-11-24T12:00:00Z" `+attr,
		`<Period `+period+`><AdaptationSet contentType="video">`+template+`<Representation id="v" bandwidth="1"/></AdaptationSet></Period>`)
}

func TestWindow(t *testing.T) {
	const byDuration = `<SegmentTemplate timescale="1000" duration="2000" startNumber="5" media="$Number$"/>`
	const byTimeline = `<SegmentTemplate timescale="10" startNumber="5" media="$Time$"><SegmentTimeline><S t="0" d="20" r="9"/></SegmentTimeline></SegmentTemplate>`
	const early = `<SegmentTemplate duration="2" availabilityTimeOffset="1.5" media="$Number$"/>`
	for _, row := range []struct {
		name, body string
		after      time.Duration // now, from availabilityStart
		first, end int64
	}{
		{"before the start there is nothing", live("", `start="PT0S"`, byDuration), -time.Hour, 5, 5},
		{"a segment is there when it is complete", live("", `start="PT0S"`, byDuration), 2 * time.Second, 5, 6},
		{"not a nanosecond earlier", live("", `start="PT0S"`, byDuration), 2*time.Second - 1, 5, 5},
		{"without time-shift buffer everything stays", live("", `start="PT0S"`, byDuration), 61 * time.Second, 5, 35},
		{"a segment stays while a part of it is in the buffer", live(`timeShiftBufferDepth="PT10S"`, `start="PT0S"`, byDuration), 61 * time.Second, 30, 35},
		{"and goes when its last moment has left", live(`timeShiftBufferDepth="PT10S"`, `start="PT0S"`, byDuration), 62 * time.Second, 31, 36},
		{"a period's start moves all", live(`timeShiftBufferDepth="PT10S"`, `start="PT60S"`, byDuration), 62 * time.Second, 5, 6},
		{"a period's end stops it", live("", `start="PT0S" duration="PT7S"`, byDuration), time.Hour, 5, 9},
		{"a period that has left the buffer is empty", live(`timeShiftBufferDepth="PT10S"`, `start="PT0S" duration="PT7S"`, byDuration), time.Hour, 9, 9},
		{"an offset makes segments available early", live("", `start="PT0S"`, early), 500 * time.Millisecond, 1, 2},
		{"a timeline is what it lists", live("", `start="PT0S"`, byTimeline), time.Hour, 5, 15},
		{"as far as it is complete", live("", `start="PT0S"`, byTimeline), 11 * time.Second, 5, 10},
		{"and in the time-shift buffer", live(`timeShiftBufferDepth="PT5S"`, `start="PT0S"`, byTimeline), 21 * time.Second, 13, 15},
		{"a list wholly behind the buffer is better than nothing", live(`timeShiftBufferDepth="PT5S"`, `start="PT0S"`, byTimeline), time.Hour, 5, 15},
		{"a year of live", live(`timeShiftBufferDepth="PT10S"`, `start="PT0S"`, byDuration), 365 * 24 * time.Hour, 15767995 + 5, 15768000 + 5},
	} {
		t.Run(row.name, func(t *testing.T) {
			first, end := mustParse(t, row.body).track0().Window(epoch.Add(row.after))
			if first != row.first || end != row.end {
				t.Errorf("Window(start%+v) = [%d, %d); want [%d, %d)", row.after, first, end, row.first, row.end)
			}
		})
	}
}

func TestTimeline(t *testing.T) {
	static := func(attr, timeline string) string {
		return mpdOf(`mediaPresentationDuration="PT10S"`, `<Period><AdaptationSet contentType="video"><SegmentTemplate timescale="10" media="$Time$" `+attr+`><SegmentTimeline>`+timeline+`</SegmentTimeline></SegmentTemplate><Representation id="v"/></AdaptationSet></Period>`)
	}
	for _, row := range []struct{ name, body, want string }{
		{"r counts repeats, not segments", static("", `<S d="20" r="2"/>`), "1:0@0s+2s 2:20@2s+2s 3:40@4s+2s"},
		{"r<0 last: to the end of the period", static("", `<S d="30" r="-1"/>`), "1:0@0s+3s 2:30@3s+3s 3:60@6s+3s 4:90@9s+3s"},
		{"r<0 before another: to its t", static("", `<S t="0" d="20" r="-1"/><S t="60" d="40"/>`), "1:0@0s+2s 2:20@2s+2s 3:40@4s+2s 4:60@6s+4s"},
		{"r<0 counts from presentationTimeOffset", static(`presentationTimeOffset="1000"`, `<S t="1000" d="50" r="-1"/>`), "1:1000@0s+5s 2:1050@5s+5s"},
		{"a hole", static("", `<S t="0" d="20"/><S t="40" d="20"/>`), "1:0@0s+2s 2:40@4s+2s"},
		{"media before the period's start is presented before it", static(`presentationTimeOffset="10"`, `<S t="0" d="20" r="1"/>`), "1:0@-1s+2s 2:20@1s+2s"},
		{"startNumber", static(`startNumber="0"`, `<S t="0" d="20" r="1"/>`), "0:0@0s+2s 1:20@2s+2s"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			for _, s := range mustParse(t, row.body).track0().Listed() {
				got += fmt.Sprintf("%d:%s@%v+%v ", s.Number, s.Ref.URI, s.Start, s.Duration)
			}
			if got != row.want+" " {
				t.Errorf("segments = %s; want %s", got, row.want)
			}
		})
	}
}

// TestOpenTimeline: a live timeline may repeat its last entry until further
// notice; nothing is listed, and the window follows the clock.
func TestOpenTimeline(t *testing.T) {
	p := mustParse(t, live(`timeShiftBufferDepth="PT10S"`, `start="PT0S"`,
		`<SegmentTemplate timescale="10" startNumber="1" media="$Time$"><SegmentTimeline><S t="0" d="20" r="-1"/></SegmentTimeline></SegmentTemplate>`))
	s := p.track0()
	if got := s.Listed(); got != nil {
		t.Errorf("Listed has %d segments; want nil", len(got))
	}
	if first, end := s.Window(epoch.Add(time.Hour)); first != 1796 || end != 1801 {
		t.Errorf("Window = [%d, %d); want [1796, 1801)", first, end)
	}
	if seg, ok := s.At(time.Hour); !ok || seg.Ref.URI != "36000" || seg.Number != 1801 {
		t.Errorf("At(1h) = %+v, %v", seg, ok)
	}
}

func TestAt(t *testing.T) {
	const list = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\n7.ts\n#EXTINF:2.5,\n8.ts\n#EXT-X-ENDLIST\n"
	hole := mpdOf(`mediaPresentationDuration="PT10S"`, `<Period><AdaptationSet contentType="video"><SegmentTemplate media="$Number$"><SegmentTimeline><S t="1" d="2"/><S t="5" d="2"/></SegmentTimeline></SegmentTemplate><Representation id="v"/></AdaptationSet></Period>`)
	fixed := mpdOf(`mediaPresentationDuration="PT10S"`, `<Period><AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$Number$"/><Representation id="v"/></AdaptationSet></Period>`)
	for _, row := range []struct {
		name, body string
		t          time.Duration
		want       int64 // 0: none
	}{
		{"inside", list, time.Second, 7},
		{"at a boundary the later", list, 4 * time.Second, 8},
		{"before the first", list, -time.Second, 7},
		{"past the end", list, 6500 * time.Millisecond, 0},
		{"in a hole the next", hole, 4 * time.Second, 2},
		{"before a timeline's first", hole, 0, 1},
		{"past a timeline", hole, 7 * time.Second, 0},
		{"in a template", fixed, 9 * time.Second, 3},
		{"before a template", fixed, -9 * time.Second, 1},
		{"past a template", fixed, 12 * time.Second, 0},
		{"at the end of time", fixed, math.MaxInt64, 0},
		{"at the beginning of time", fixed, math.MinInt64, 1},
		{"the same of a timeline", hole, math.MinInt64, 1},
	} {
		s, ok := mustParse(t, row.body).track0().At(row.t)
		if s.Number != row.want || ok != (row.want != 0) {
			t.Errorf("%s: At(%v) = %d, %v; want %d", row.name, row.t, s.Number, ok, row.want)
		}
	}
}

// TestArithmetic: awkward timescales must not lose or double a segment anywhere.
func TestArithmetic(t *testing.T) {
	for _, row := range []struct{ scale, duration int }{
		{90000, 180180}, {48000, 95232}, {1, 2}, {3, 7}, {30000, 60060}, {10000000, 20020000}, {44100, 88064}, {1000000000, 1999999999},
	} {
		p := mustParse(t, live("", `start="PT1.5S"`, fmt.Sprintf(`<SegmentTemplate timescale="%d" duration="%d" startNumber="0" presentationTimeOffset="12345" media="$Number$"/>`, row.scale, row.duration)))
		s := p.track0()
		for _, n := range []int64{0, 1, 2, 3, 999, 1000003, 20000000} {
			seg, _ := s.Number(n)
			next, _ := s.Number(n + 1)
			if seg.End() != next.Start {
				t.Errorf("%d/%d: segment %d ends %v, the next starts %v", row.duration, row.scale, n, seg.End(), next.Start)
			}
			if at, _ := s.At(seg.Start); at.Number != n {
				t.Errorf("%d/%d: At(start of %d) = %d", row.duration, row.scale, n, at.Number)
			}
			if at, _ := s.At(seg.End() - 1); at.Number != n {
				t.Errorf("%d/%d: At(end of %d − 1 ns) = %d", row.duration, row.scale, n, at.Number)
			}
			if _, end := s.Window(seg.Available); end != n+1 {
				t.Errorf("%d/%d: at the moment %d is available the window ends at %d", row.duration, row.scale, n, end)
			}
			if _, end := s.Window(seg.Available.Add(-2)); end != n {
				t.Errorf("%d/%d: 2 ns before %d is available the window ends at %d", row.duration, row.scale, n, end)
			}
		}
	}
}

func TestPeriods(t *testing.T) {
	const set = `<AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$"/><Representation id="v"/></AdaptationSet>`
	for _, row := range []struct{ name, attr, periods, want string }{
		{"each begins where the one before ends", `mediaPresentationDuration="PT30S"`, `<Period duration="PT10.5S">` + set + `</Period><Period>` + set + `</Period>`, "0s+10.5s 10.5s+19.5s"},
		{"each ends where the next begins", `mediaPresentationDuration="PT30S"`, `<Period>` + set + `</Period><Period start="PT12S">` + set + `</Period>`, "0s+12s 12s+18s"},
		{"the last of a live event is open", `type="dynamic"`, `<Period start="PT0S">` + set + `</Period><Period start="PT12S">` + set + `</Period>`, "0s+12s 12s+0s"},
		{"a live event's first without start begins at 0", `type="dynamic"`, `<Period>` + set + `</Period>`, "0s+0s"},
		{"one whose start is not known yet is left out", `type="dynamic"`, `<Period start="PT0S">` + set + `</Period><Period>` + set + `</Period>`, "0s+0s"},
		{"thousandths survive", `mediaPresentationDuration="PT1.001S"`, `<Period>` + set + `</Period>`, "0s+1.001s"},
	} {
		got := ""
		for _, p := range mustParse(t, mpdOf(row.attr, row.periods)).Periods {
			got += fmt.Sprintf("%v+%v ", p.Start, p.Duration)
		}
		if got != row.want+" " {
			t.Errorf("%s: periods = %s; want %s", row.name, got, row.want)
		}
	}
}

func TestDASHTiming(t *testing.T) {
	p := mustParse(t, live(`minimumUpdatePeriod="PT0S" timeShiftBufferDepth="PT1M" suggestedPresentationDelay="PT6S" maxSegmentDuration="PT2S" minBufferTime="PT1.5S" publishTime="2026-11-24T12:00:01.5Z"`,
		`start="PT0S"`, `<SegmentTemplate duration="2" media="$Number$"/>`))
	d := p.DASH
	if d.MinimumUpdatePeriod != 0 || d.TimeShiftBufferDepth != time.Minute || d.SuggestedDelay != 6*time.Second || d.MaxSegmentDuration != 2*time.Second ||
		d.MinBufferTime != 1500*time.Millisecond || !d.PublishTime.Equal(epoch.Add(1500*time.Millisecond)) || !d.AvailabilityStart.Equal(epoch) {
		t.Errorf("timing = %+v", d)
	}
	p = mustParse(t, mpdOf(`type="dynamic" availabilityStartTime="2026-11-24T12:00:00"`, `<ServiceDescription id="0"><Latency target="3500" max="7000"/></ServiceDescription><Period><AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$"/><Representation id="v"/></AdaptationSet></Period>
		<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value=" a "/><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-head:2014"/>`))
	if d := p.DASH; d.MinimumUpdatePeriod != -1 || d.TargetLatency != 3500*time.Millisecond || !d.AvailabilityStart.Equal(epoch) {
		t.Errorf("timing = %+v; want no update period, latency 3.5s, a date without zone in UTC", d)
	}
	// go-dash would give the last scheme the first's value.
	if u := p.DASH.UTCTiming; len(u) != 2 || u[0].Value != "a" || u[1].Value != "" {
		t.Errorf("UTCTiming = %+v", u)
	}
}

func TestHLSTiming(t *testing.T) {
	p := mustParse(t, hls("#EXT-X-TARGETDURATION:4", "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=12.5,PART-HOLD-BACK=1.2", "#EXT-X-START:TIME-OFFSET=-8.5,PRECISE=YES",
		"#EXT-X-DISCONTINUITY-SEQUENCE:3", "#EXT-X-MEDIA-SEQUENCE:100", "#EXTINF:4,", "100.ts", "#EXT-X-DISCONTINUITY", "#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:00:00.000Z", "#EXTINF:3.5,", "101.ts", "#EXTINF:4,", "102.ts"))
	h := p.HLS
	if h.TargetDuration != 4*time.Second || h.HoldBack != 12500*time.Millisecond || h.PartHoldBack != 1200*time.Millisecond || h.MediaSequence != 100 || h.EndList || !p.Live {
		t.Errorf("timing = %+v", h)
	}
	if p.Start == nil || p.Start.Offset != -8500*time.Millisecond || !p.Start.Precise {
		t.Errorf("Start = %+v; want -8.5s precise", p.Start)
	}
	for i, want := range []struct {
		number, discontinuity int64
		start                 time.Duration
		date                  time.Time
	}{
		{100, 3, 0, epoch.Add(-4 * time.Second)},
		{101, 4, 4 * time.Second, epoch},
		{102, 4, 7500 * time.Millisecond, epoch.Add(3500 * time.Millisecond)},
	} {
		s := p.track0().Listed()[i]
		if s.Number != want.number || s.Discontinuity != want.discontinuity || s.Start != want.start || !s.ProgramDateTime.Equal(want.date) {
			t.Errorf("segment %d = %+v; want %+v", i, s, want)
		}
	}
}

// TestMaster has what grafov spoils in a multivariant playlist.
func TestMaster(t *testing.T) {
	p := mustParse(t, hls(`#EXT-X-STREAM-INF:BANDWIDTH=5000000000,AVERAGE-BANDWIDTH=4000000000,RESOLUTION=3840x2160,FRAME-RATE=59.94,CODECS="hvc1.2,ec-3",AUDIO="a",SUBTITLES="s"`, "", "# a comment", "8k.m3u8",
		"#EXT-X-STREAM-INF:BANDWIDTH=1280000.0", "low.m3u8", `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, stereo",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="en.m3u8"`, `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="muxed"`, "#EXT-X-START:TIME-OFFSET=2"))
	if p.Media || p.HLS != nil || p.Start == nil {
		t.Fatalf("Media %v, HLS %v, Start %v; want a multivariant playlist with a start", p.Media, p.HLS, p.Start)
	}
	v := p.Periods[0].Sets[0].Renditions
	if v[0].Bandwidth != 5e9 || v[0].AverageBandwidth != 4e9 || v[0].Width != 3840 || v[0].Height != 2160 || v[0].FrameRate != 59.94 || v[0].Audio != "a" || v[0].Subtitles != "s" || v[0].Codecs != "hvc1.2,ec-3" {
		t.Errorf("first variant = %+v", v[0])
	}
	if v[1].Bandwidth != 1280000 || v[1].AverageBandwidth != 1280000 || v[1].Playlist.URI != "low.m3u8" {
		t.Errorf("second variant = %+v", v[1])
	}
	a := p.Periods[0].Sets[1]
	if a.Group != "a" || len(a.Renditions) != 2 || a.Renditions[0].Name != "English, stereo" || !a.Renditions[0].Default || a.Renditions[1].Playlist.URI != "" {
		t.Errorf("audio group = %+v", a)
	}
}
