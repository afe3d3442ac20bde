package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const corpus = "../../shared/corpus"

// corpusFile reads one manifest of the corpus; the test is skipped without it.
func corpusFile(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(corpus, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("needs the corpus of real manifests: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// verdict is on a file that does not parse to what INDEX.tsv lists: either it is
// refused, with says in the error, or INDEX.tsv is mistaken. why says why.
type verdict struct{ says, why string }

// known are the files on which we differ from INDEX.tsv. One that stops to differ
// must leave this list.
var known = map[string]verdict{
	"hls/eye-master-with-hlsv7.m3u8":                                                          refusedHeader,
	"hls/eye-media-playlist-with-discontinuity.m3u8":                                          refusedHeader,
	"hls/vjs-manifestNoExtM3u.m3u8":                                                           refusedHeader,
	"hls/vjs-master.m3u8":                                                                     refusedHeader,
	"hls/vjs-start.m3u8":                                                                      refusedHeader,
	"hls/vjs-streamInfInvalid.m3u8":                                                           refusedHeader,
	"hls/eye-media-playlist-with-cue-out-in-without-oatcls.m3u8":                              {"before the URI", "INDEX.tsv counts whole segments; the body ends with an EXTINF whose URI was cut off"},
	"hls/eye-master-with-defines-invalid.m3u8":                                                {"no parent", "INDEX.tsv passes over IMPORT in a multivariant playlist, which RFC 8216bis 4.4.2.3 makes an error (the file calls itself invalid)"},
	"hls/vjs-emptyTargetDuration.m3u8":                                                        {"TARGETDURATION", "INDEX.tsv takes it for a multivariant playlist as video.js does; EXT-X-TARGETDURATION makes it a media playlist (RFC 8216bis 4.4.3, hls.js), and it has no value"},
	"hls/vjs-invalidTargetDuration.m3u8":                                                      {"TARGETDURATION", "INDEX.tsv leaves the target duration out; NaN is none, and without one there is no reload rule"},
	"hls/vjs-manifestExtTTargetdurationNegative.m3u8":                                         {"TARGETDURATION", "INDEX.tsv repeats a target duration of -10 s, which is no length of time"},
	"hls/vjs-llhls-byte-range.m3u8":                                                           {"byte range", `INDEX.tsv guesses an offset for the byte range "587500@", which has none (RFC 8216bis 4.4.4.2)`},
	"hls/vjs-extinf.m3u8":                                                                     {"", "INDEX.tsv counts a segment whose EXTINF has no duration; RFC 8216bis 4.4.4.1 requires one, and hls.js drops the segment"},
	"hls/eye-media-playlist-with-defines.m3u8":                                                {"", "INDEX.tsv lists URIs before variables were substituted (RFC 8216bis 4.3)"},
	"hls/vjs-llhls-delta-byte-range.m3u8":                                                     {"", "INDEX.tsv counts a preload hint of TYPE=FOO; RFC 8216bis 4.4.5.3 knows PART and MAP, and has others ignored"},
	"dash/adx-sample_mpd_availabilityTimeOffset_baseUrl.mpd":                                  noMedia,
	"dash/adx-sample_mpd_availabilityTimeOffset_segmentTemplate.mpd":                          noMedia,
	"dash/adx-sample_mpd_live_location_redirect_absolute.mpd":                                 noMedia,
	"dash/adx-sample_mpd_live_location_redirect_relative.mpd":                                 noMedia,
	"dash/adx-sample_mpd_live_with_complete_service_description.mpd":                          noMedia,
	"dash/adx-sample_mpd_live_with_offset_too_long.mpd":                                       noMedia,
	"dash/adx-sample_mpd_live_with_offset_too_short.mpd":                                      noMedia,
	"dash/adx-sample_mpd_live_with_suggested_presentation_delay_2s_min_buffer_time_500ms.mpd": noMedia,
	"dash/adx-sample_mpd_live_without_live_configuration.mpd":                                 noMedia,
	"dash/adx-sample_mpd_multiple_baseUrls.mpd":                                               noMedia,
	"dash/adx-sample_mpd_relative_baseUrls_dvb_profile_declared.mpd":                          noMedia,
	"dash/adx-sample_mpd_relative_baseUrls_dvb_profile_not_declared.mpd":                      noMedia,
	"dash/eye-go-dash-fixtures__events.mpd":                                                   {"Representation", "INDEX.tsv lists facts of an MPD without a Representation: nothing can be played"},
	"dash/eye-go-dash-fixtures__location.mpd":                                                 {"Period", "INDEX.tsv lists facts of an MPD without a Period: nothing can be played"},
	"dash/eye-go-dash-fixtures__newperiod.mpd":                                                {"Representation", "INDEX.tsv lists facts of an MPD without a Representation: nothing can be played"},
}

var (
	refusedHeader = verdict{"#EXTM3U", "INDEX.tsv reads on although the first line is not #EXTM3U; RFC 8216bis 4.4.1.1 and hls.js want it there"}
	noMedia       = verdict{"@media", "INDEX.tsv lists facts of a SegmentTemplate without @media: no segment can be addressed"}
)

// TestCorpus holds every file of the corpus against the facts that independent
// readers found in it.
func TestCorpus(t *testing.T) {
	f, err := os.Open(filepath.Join(corpus, "INDEX.tsv"))
	if err != nil {
		t.Skipf("needs the corpus of real manifests: %v", err)
	}
	defer f.Close()
	total, facts := 0, 0
	table := map[string]*judgement{"hls": {}, "dash": {}}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		col := strings.Split(lines.Text(), "\t")
		if len(col) < 7 || col[0] == "file" {
			continue
		}
		name, protocol, expected := col[0], col[4], col[6]
		total++
		n, problem := checkFacts(corpusFile(t, name), protocol, expected)
		facts += n
		family, _, _ := strings.Cut(name, "/")
		judge(t, table[family], name, problem)
	}
	for _, family := range []string{"hls", "dash"} {
		j := table[family]
		t.Logf("%-4s exact %3d, refused rightly %2d, INDEX.tsv mistaken %d, wrong %d", family, j.exact, j.refused, j.mistaken, j.wrong)
	}
	t.Logf("%d facts compared", facts)
	if total < 300 {
		t.Errorf("only %d files in the corpus's index; want over 300", total)
	}
}

// judgement counts files.
type judgement struct{ exact, refused, mistaken, wrong int }

func judge(t *testing.T, j *judgement, name string, problem string) {
	v, differs := known[name]
	switch {
	case problem == "" && differs:
		j.wrong++
		t.Errorf("%s is exact now: take it off the list (%s)", name, v.why)
	case problem == "":
		j.exact++
	case !differs:
		j.wrong++
		t.Errorf("%s: %s", name, problem)
	case v.says == "":
		j.mistaken++
	case !strings.Contains(problem, v.says):
		j.wrong++
		t.Errorf("%s: %s; want %q in it", name, problem, v.says)
	default:
		j.refused++
	}
}

// checkFacts is the number of facts compared and the first that does not hold.
func checkFacts(body []byte, protocol, expected string) (int, string) {
	p, err := Parse("http://host/dir/manifest.mpd"+corpusQuery(body), "", body)
	if strings.HasSuffix(protocol, "-invalid") {
		if err == nil {
			return 1, "accepted; it is not a manifest"
		}
		return 1, ""
	}
	if err != nil {
		return 0, err.Error()
	}
	n := 0
	for _, fact := range strings.Split(expected, "; ") {
		var got string
		var known bool
		switch protocol {
		case "HLS-media":
			got, known = mediaFact(p, fact)
		case "HLS-master":
			got, known = masterFact(p, fact)
		default:
			got, known = mpdFact(p, fact)
		}
		if !known {
			continue
		}
		n++
		if got != fact && !abbreviated(got, fact) {
			return n, fmt.Sprintf("got %q; want %q", got, fact)
		}
	}
	return n, ""
}

// corpusQuery is a query with the parameter that some playlists ask for.
func corpusQuery(body []byte) string {
	if bytes.Contains(body, []byte(`QUERYPARAM="Define2"`)) {
		return "?Define2=two"
	}
	return ""
}

// abbreviated compares with a fact whose long URLs were cut with "…".
func abbreviated(got, want string) bool {
	if !strings.Contains(want, "…") {
		return false
	}
	parts := strings.Split(want, "…")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	ok, err := regexp.MatchString("^"+strings.Join(parts, `\S*`)+"$", got)
	return err == nil && ok
}

func mediaFact(p *Presentation, fact string) (string, bool) {
	name, want, _ := strings.Cut(fact, "=")
	list := p.Periods[0].Sets[0].Renditions[0].Segments.Listed()
	var first, last Segment
	if len(list) > 0 {
		first, last = list[0], list[len(list)-1]
	}
	var got string
	switch name {
	case "segments":
		got = strconv.Itoa(len(list))
	case "first":
		got = first.Ref.URI
	case "last":
		got = last.Ref.URI
	case "duration_sum":
		got = fmt.Sprintf("%.3f", last.End().Seconds())
	case "td":
		got = "None"
		if p.HLS.TargetDuration > 0 {
			got = decimalPoint(p.HLS.TargetDuration.Seconds())
		}
	case "msn":
		got = strconv.FormatInt(p.HLS.MediaSequence-p.HLS.Skipped, 10)
	case "skipped":
		got = strconv.FormatInt(p.HLS.Skipped, 10)
	case "endlist":
		got = map[bool]string{true: "True", false: "False"}[p.HLS.EndList]
	case "disc_seq":
		got = strconv.FormatInt(p.HLS.DiscontinuitySequence, 10)
	case "discontinuities":
		got = strconv.FormatInt(last.Discontinuity-p.HLS.DiscontinuitySequence, 10)
	case "maps":
		got = strconv.Itoa(countMaps(list))
	case "parts":
		got = strconv.Itoa(countParts(p.track0()))
	case "preload_hints":
		got = strconv.Itoa(len(p.track0().Hints()))
	case "gaps":
		if len(list) == 0 {
			return "", false // a gap tag that belongs to no segment
		}
		got = strconv.Itoa(countGaps(list))
	case "byteranges":
		got = firstRanges(list, strings.Count(want, ",")+1)
	default:
		return "", false
	}
	return name + "=" + got, true
}

func decimalPoint(v float64) string {
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func countMaps(list []Segment) int {
	n := 0
	var seen *Init
	for _, s := range list {
		if s.Init != nil && (seen == nil || s.Init.Ref.URI != seen.Ref.URI || s.Init.Range != seen.Range) {
			n++
		}
		seen = s.Init
	}
	return n
}

func countParts(s *Segments) int {
	n := 0
	for _, seg := range s.Listed() {
		n += len(seg.Parts)
	}
	if b := s.Building(); b != nil {
		n += len(b.Parts)
	}
	return n
}

func countGaps(list []Segment) int {
	n := 0
	for _, s := range list {
		if s.Gap {
			n++
		}
	}
	return n
}

func firstRanges(list []Segment, n int) string {
	var out []string
	for _, s := range list[:min(n, len(list))] {
		out = append(out, fmt.Sprintf("%d@%d", s.Range.Length, s.Range.Offset))
	}
	return strings.Join(out, ",")
}

func masterFact(p *Presentation, fact string) (string, bool) {
	name, want, _ := strings.Cut(fact, "=")
	variants := p.Periods[0].Sets[0].Renditions
	var got string
	switch name {
	case "variants":
		got = strconv.Itoa(len(variants))
	case "ext_x_media", "iframe_variants":
		n := 0
		for _, s := range p.Periods[0].Sets[1:] {
			if s.Trick == (name == "iframe_variants") {
				n += len(s.Renditions)
			}
		}
		got = strconv.Itoa(n)
	case "first":
		got = fmt.Sprintf("%s bw=%d", variants[0].Playlist.URI, variants[0].Bandwidth)
	case "last":
		v := variants[len(variants)-1]
		got = fmt.Sprintf("%s bw=%d", v.Playlist.URI, v.Bandwidth)
	case "groups":
		var groups []string
		for _, s := range p.Periods[0].Sets[1:] {
			if s.Trick {
				continue
			}
			groups = append(groups, fmt.Sprintf("%sx%d", s.ID, len(s.Renditions)))
		}
		got = strings.Join(groups, ",")
		if sameMembers(got, want) {
			got = want
		}
	default:
		return "", false
	}
	return name + "=" + got, true
}

// sameMembers compares comma-separated lists whatever their order.
func sameMembers(a, b string) bool {
	count := make(map[string]int)
	for _, s := range strings.Split(a, ",") {
		count[s]++
	}
	for _, s := range strings.Split(b, ",") {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

var representationFact = regexp.MustCompile(`^p0/(.*): (SegmentTemplate|SegmentList|SegmentBase|BaseURL) n=(\S+) init=(.*) first=(.*) last=(.*)$`)

func mpdFact(p *Presentation, fact string) (string, bool) {
	if m := representationFact.FindStringSubmatch(fact); m != nil {
		return representation(p, fact, m), true
	}
	name, want, _ := strings.Cut(fact, "=")
	var got string
	switch name {
	case "type":
		got = map[bool]string{true: "dynamic", false: "static"}[p.Live]
	case "periods":
		got = strconv.Itoa(len(p.Periods))
	case "reps":
		n := 0
		for _, period := range p.Periods {
			for _, s := range period.Sets {
				n += len(s.Renditions)
			}
		}
		got = strconv.Itoa(n)
	case "period_starts":
		got = startsLike(p, want)
	case "mup":
		got = sameDuration(p.DASH.MinimumUpdatePeriod, want)
	case "tsbd":
		got = sameDuration(p.DASH.TimeShiftBufferDepth, want)
	case "spd":
		got = sameDuration(p.DASH.SuggestedDelay, want)
	case "ast":
		at, err := parseTime(want)
		if got = p.DASH.AvailabilityStart.String(); err == nil && at.Equal(p.DASH.AvailabilityStart) {
			got = want
		}
	default:
		return "", false
	}
	return name + "=" + got, true
}

// startsLike is want when all periods start there to the microsecond.
func startsLike(p *Presentation, want string) string {
	var starts []string
	same := true
	wanted := strings.Split(want, ",")
	for i, period := range p.Periods {
		starts = append(starts, decimalPoint(period.Start.Seconds()))
		w, err := strconv.ParseFloat(wanted[min(i, len(wanted)-1)], 64)
		same = same && err == nil && math.Abs(w-period.Start.Seconds()) < 1e-6
	}
	if same && len(wanted) == len(starts) {
		return want
	}
	return strings.Join(starts, ",")
}

func sameDuration(d time.Duration, want string) string {
	if w, err := parseDuration(want); err == nil && w == d {
		return want
	}
	return d.String()
}

// representation describes, as the corpus does, the first rendition that has the
// identifier of the fact and, of several, the one that agrees.
func representation(p *Presentation, fact string, m []string) string {
	id := m[1][strings.LastIndexByte(m[1], '/')+1:]
	var got string
	for _, set := range p.Periods[0].Sets {
		for _, r := range set.Renditions {
			if !strings.HasSuffix(m[1], "/"+r.ID) && r.ID != id {
				continue
			}
			got = describe(p, r, m)
			if got == fact || abbreviated(got, fact) {
				return got
			}
		}
	}
	return got
}

func describe(p *Presentation, r Rendition, m []string) string {
	n, first, last, init := "None", "None", "None", "None"
	begin, end := r.Segments.track.bounds()
	c, computes := r.Segments.track.(*computed)
	if list := r.Segments.Listed(); list != nil {
		n = strconv.Itoa(len(list))
		if len(list) > 0 {
			first, last = p.describe(list[0]), p.describe(list[len(list)-1])
		}
		if x := r.Segments.Index(); x != nil && x.Range != (Range{}) {
			first += strings.Replace(rangeText(x.Range), "@", "idx@", 1)
			last = first
		}
	} else if computes && !c.endless {
		n = strconv.FormatInt(end-begin, 10)
		a, _ := r.Segments.Number(begin)
		b, _ := r.Segments.Number(end - 1)
		first, last = p.describe(a), p.describe(b)
	}
	if in := r.Segments.Init(); in != nil {
		init = p.Resolve(in.Ref) + rangeText(in.Range)
	}
	return fmt.Sprintf("p0/%s: %s n=%s init=%s first=%s last=%s", m[1], m[2], n, init, first, last)
}

func (p *Presentation) describe(s Segment) string {
	return p.Resolve(s.Ref) + rangeText(s.Range)
}

func rangeText(r Range) string {
	if r == (Range{}) {
		return ""
	}
	return fmt.Sprintf(" @%d-%d", r.Offset, r.Offset+r.Length-1)
}
