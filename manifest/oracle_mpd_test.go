package manifest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/dash-mpd/mpd"
)

// oracleRefuses are the MPDs that we read and the oracle does not, and why it is
// mistaken.
var oracleRefuses = map[string]string{
	"dash/djs-audio_positive_ept_delta.mpd": "it reads @presentationTimeOffset as the schema's unsigned number; dash.js, whose file it is, plays the negative one",
	"dash/djs-video_positive_ept_delta.mpd": "it reads @presentationTimeOffset as the schema's unsigned number; dash.js, whose file it is, plays the negative one",
	"dash/vjs-webmsegments.mpd":             "it knows no years and months in durations; xs:duration has them, here P0Y0M0D",
}

// TestMPDOracle compares timing, skeleton, and the attributes of every MPD of the
// corpus with a library we do not use. There is no fact in which the two differ.
func TestMPDOracle(t *testing.T) {
	files, facts := 0, 0
	for _, name := range corpusFiles(t, "dash/*.mpd") {
		body, err := os.ReadFile(filepath.Join(corpus, name))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(base, "", body)
		if err != nil {
			continue
		}
		theirs, err := oracleMPD(body)
		if why := oracleRefuses[name]; (err != nil) != (why != "") {
			t.Errorf("%s: the oracle says %v; the list says %q", name, err, why)
		}
		if err != nil {
			continue
		}
		files++
		a, b := ourFacts(p), oracleFacts(theirs)
		for _, fact := range union(a, b) {
			facts++
			if a[fact] != b[fact] {
				t.Errorf("%s: %s is %q; the oracle has %q", name, fact, a[fact], b[fact])
			}
		}
	}
	t.Logf("%d MPDs, %d facts compared, none differs; %d refused by the oracle", files, facts, len(oracleRefuses))
	if files < 120 {
		t.Errorf("only %d MPDs compared; want 120 or more", files)
	}
}

func oracleMPD(body []byte) (m *mpd.MPD, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return mpd.MPDFromBytes(body)
}

func union(a, b map[string]string) []string {
	var all []string
	for k := range a {
		all = append(all, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}

func micro(d time.Duration) string { return d.Round(time.Microsecond).String() }

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func ourFacts(p *Presentation) map[string]string {
	d := p.DASH
	f := map[string]string{
		"id": d.ID, "live": fmt.Sprint(p.Live), "profiles": fmt.Sprint(len(d.Profiles)), "publishTime": moment(d.PublishTime),
		"mediaPresentationDuration": micro(d.MediaPresentationDuration), "timeShiftBufferDepth": micro(d.TimeShiftBufferDepth),
		"suggestedPresentationDelay": micro(d.SuggestedDelay), "maxSegmentDuration": micro(d.MaxSegmentDuration), "minBufferTime": micro(d.MinBufferTime),
		"minimumUpdatePeriod": micro(max(0, d.MinimumUpdatePeriod)),
		"locations":           fmt.Sprint(len(d.Locations)), "patches": fmt.Sprint(len(d.PatchLocations)), "clocks": fmt.Sprint(d.UTCTiming),
		"latency": micro(d.TargetLatency), "steering": fmt.Sprint(p.Steering != nil), "periods": fmt.Sprint(len(p.Periods)),
	}
	for i, period := range p.Periods {
		f[fmt.Sprintf("period %d", i)] = fmt.Sprintf("%s events=%d", period.ID, countEvents(period))
		for j, set := range period.Sets {
			for k, r := range set.Renditions {
				listed := 0
				if tl, ok := r.Segments.track.(*timeline); ok && !tl.open {
					listed = int(tl.count)
				}
				f[fmt.Sprintf("rendition %d/%d/%d", i, j, k)] = fmt.Sprintf("%s %d %dx%d %s lang=%s protections=%d inband=%d timeline=%d", r.ID, r.Bandwidth, r.Width, r.Height, r.Codecs, r.Lang, len(r.Protection), len(set.Inband), listed)
			}
		}
	}
	return f
}

func countEvents(p Period) int {
	n := 0
	for _, s := range p.Events {
		n += len(s.Events)
	}
	return n
}

func oracleFacts(m *mpd.MPD) map[string]string {
	duration := func(d *mpd.Duration) string {
		if d == nil {
			return "0s"
		}
		return micro(time.Duration(*d))
	}
	f := map[string]string{
		"id": m.Id, "live": fmt.Sprint(m.GetType() == "dynamic"), "profiles": fmt.Sprint(len(strings.FieldsFunc(string(m.Profiles), func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }))), "publishTime": oracleTime(m.PublishTime),
		"mediaPresentationDuration": duration(m.MediaPresentationDuration), "timeShiftBufferDepth": duration(m.TimeShiftBufferDepth),
		"suggestedPresentationDelay": duration(m.SuggestedPresentationDelay), "maxSegmentDuration": duration(m.MaxSegmentDuration), "minBufferTime": duration(m.MinBufferTime),
		"minimumUpdatePeriod": duration(m.MinimumUpdatePeriod),
		"locations":           fmt.Sprint(len(m.Location)), "patches": fmt.Sprint(len(m.PatchLocation)), "clocks": oracleClocks(m),
		"latency": "0s", "periods": fmt.Sprint(len(m.Periods)),
	}
	steering := m.ContentSteering != nil
	for _, s := range m.ServiceDescription {
		steering = steering || len(s.ContentSteerings) > 0
		for _, l := range s.Latencies {
			if l.Target != nil && f["latency"] == "0s" {
				f["latency"] = micro(time.Duration(*l.Target) * time.Millisecond)
			}
		}
	}
	f["steering"] = fmt.Sprint(steering)
	for i, p := range m.Periods {
		events := 0
		for _, s := range p.EventStreams {
			events += len(s.Events)
		}
		f[fmt.Sprintf("period %d", i)] = fmt.Sprintf("%s events=%d", p.Id, events)
		j := 0
		for _, set := range p.AdaptationSets {
			for k, r := range set.Representations {
				width, height, codecs := set.Width, set.Height, set.Codecs
				if r.Width != 0 {
					width = r.Width
				}
				if r.Height != 0 {
					height = r.Height
				}
				if r.Codecs != "" {
					codecs = r.Codecs
				}
				f[fmt.Sprintf("rendition %d/%d/%d", i, j, k)] = fmt.Sprintf("%s %d %dx%d %s lang=%s protections=%d inband=%d timeline=%d", r.Id, r.Bandwidth, width, height, codecs, set.Lang,
					len(set.ContentProtections)+len(r.ContentProtections), oracleInband(set), oracleCount(r.SegmentTemplate, set.SegmentTemplate, p.SegmentTemplate))
			}
			if len(set.Representations) > 0 {
				j++
			}
		}
	}
	return f
}

// oracleInband counts the schemes of a set and its Representations.
func oracleInband(set *mpd.AdaptationSetType) int {
	schemes := make(map[string]bool)
	for _, e := range set.InbandEventStreams {
		schemes[string(e.SchemeIdUri)+" "+e.Value] = true
	}
	for _, r := range set.Representations {
		for _, e := range r.InbandEventStreams {
			schemes[string(e.SchemeIdUri)+" "+e.Value] = true
		}
	}
	return len(schemes)
}

// oracleTime reads the date as the oracle leaves it, a text; without zone it is
// UTC.
func oracleTime(d mpd.DateTime) string {
	if d == "" {
		return ""
	}
	at, err := parseTime(string(d))
	if err != nil {
		return string(d)
	}
	return moment(at)
}

func oracleClocks(m *mpd.MPD) string {
	var all []UTCTiming
	for _, u := range m.UTCTimings {
		all = append(all, UTCTiming{string(u.SchemeIdUri), u.Value})
	}
	return fmt.Sprint(all)
}

// oracleCount is the number of segments in the timeline nearest to a
// representation; the oracle inherits nothing by itself.
func oracleCount(templates ...*mpd.SegmentTemplateType) int {
	for _, st := range templates {
		if st == nil || st.SegmentTimeline == nil {
			continue
		}
		n := 0
		for _, s := range st.SegmentTimeline.S {
			n += s.R + 1
		}
		return min(n, math.MaxInt32)
	}
	return 0
}
