package inspect_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"soak/inspect"
	"soak/manifest"
)

// sidx is an index of n segments of 2 s and 1000 bytes each.
func sidx(t *testing.T, n int) string {
	t.Helper()
	b := &mp4.SidxBox{Version: 1, ReferenceID: 1, Timescale: 1000}
	for range n {
		b.SidxRefs = append(b.SidxRefs, mp4.SidxRef{ReferencedSize: 1000, SubSegmentDuration: 2000, StartsWithSAP: 1, SAPType: 1})
	}
	var out bytes.Buffer
	if err := b.Encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const ftyp = "\x00\x00\x00\x18ftypdash\x00\x00\x00\x00dashiso6" // 24 bytes

// film is an MPD of resources with an index each; range "" leaves it to be found.
func film(at map[string]string, files ...string) string {
	var sets strings.Builder
	for i, file := range files {
		attribute := ""
		if at[file] != "" {
			attribute = ` indexRange="` + at[file] + `"`
		}
		fmt.Fprintf(&sets, `<Representation id="%d" bandwidth="%d" width="640" height="360" codecs="avc1.4d401e"><BaseURL>%s</BaseURL><SegmentBase%s><Initialization range="0-23"/></SegmentBase></Representation>`, i, (i+1)*400_000, file, attribute)
	}
	return `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT60S" minBufferTime="PT2S"><Period><AdaptationSet mimeType="video/mp4" subsegmentAlignment="true" subsegmentStartsWithSAP="1">` +
		sets.String() + `</AdaptationSet></Period></MPD>`
}

// files is a server of files. It honours Range unless told to be deaf, and keeps
// what was asked of it.
type files struct {
	of    map[string]string
	deaf  bool
	asked []string
	*httptest.Server
}

func serveFiles(t *testing.T, deaf bool, of map[string]string) *files {
	t.Helper()
	s := &files{of: of, deaf: deaf}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	s.asked = append(s.asked, strings.TrimSpace(name+" "+r.Header.Get("Range")))
	switch body, ok := s.of[name]; {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case s.deaf:
		_, _ = w.Write([]byte(body))
	default:
		http.ServeContent(w, r, name, time.Time{}, strings.NewReader(body))
	}
}

// TestIndexes: what an index lists is what is described, whether the server knows
// Range or not; the index itself stays among what is asked for.
func TestIndexes(t *testing.T) {
	docs, err := os.ReadFile("../docs/inspect.md")
	if err != nil {
		t.Fatal(err)
	}
	index := sidx(t, 30)
	at := fmt.Sprintf("24-%d", 24+len(index)-1)
	for _, deaf := range []bool{false, true} {
		s := serveFiles(t, deaf, map[string]string{
			"index.mpd": film(map[string]string{"low.mp4": at, "gone.mp4": at, "page.mp4": at}, "low.mp4", "high.mp4", "gone.mp4", "page.mp4"),
			"low.mp4":   ftyp + index + strings.Repeat("m", 30_000),
			"high.mp4":  ftyp + index + strings.Repeat("m", 30_000),
			"page.mp4":  "<html>" + strings.Repeat("not here ", 100) + "</html>",
		})
		page, err := inspect.Crawl(t.Context(), inspect.HTTP{}, s.URL+"/index.mpd", 0, now)
		if err != nil {
			t.Fatal(err)
		}
		r := inspect.Describe(page, now)
		for i, want := range []int64{30, 30, 1, 1} {
			if w := r.Ladder[i].Window; w == nil || w.Segments != want {
				t.Errorf("deaf %v: rung %d has window %+v; want %d segments", deaf, i, w, want)
			}
		}
		if want := []string{"index.mpd", "low.mp4 bytes=" + at, "high.mp4 bytes=0-1048575", "gone.mp4 bytes=" + at, "page.mp4 bytes=" + at}; strings.Join(s.asked, "; ") != strings.Join(want, "; ") {
			t.Errorf("deaf %v: asked for %q; want %q", deaf, s.asked, want)
		}
		var out bytes.Buffer
		if err := inspect.Text(&out, r, 0); err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(out.String(), s.Listener.Addr().String(), "edge.example")
		golden(t, "indexed.txt", []byte(text))
		if !strings.Contains(string(docs), text) {
			t.Error("docs/inspect.md does not show it as it is")
		}
	}
}

// TestIndexLimits: no more indexes are fetched than playlists would be; a file is
// described without them.
func TestIndexLimits(t *testing.T) {
	index := sidx(t, 30)
	s := serveFiles(t, false, map[string]string{"index.mpd": film(nil, "a.mp4", "b.mp4", "c.mp4"), "a.mp4": ftyp + index, "b.mp4": ftyp + index, "c.mp4": ftyp + index})
	page, err := inspect.Crawl(t.Context(), inspect.HTTP{}, s.URL+"/index.mpd", 2, now)
	if err != nil {
		t.Fatal(err)
	}
	r := inspect.Describe(page, now)
	if len(s.asked) != 3 || r.Ladder[1].Window.Segments != 30 || r.Ladder[2].Window.Segments != 1 {
		t.Errorf("limit 2: asked for %q, third rung %+v; want the MPD and two indexes", s.asked, r.Ladder[2].Window)
	}
	if n := len(r.Findings); n != 1 || r.Findings[0].Severity != "info" || !strings.Contains(r.Findings[0].Text, "640x360 1.20 Mb/s: not fetched") {
		t.Errorf("limit 2: findings %+v; want one, of the third rung", r.Findings)
	}
	page, err = inspect.Read("index.mpd", inspect.Response{Body: []byte(s.of["index.mpd"])}, now)
	if err != nil {
		t.Fatal(err)
	}
	page.Local = true
	if r := inspect.Describe(page, now); r.Ladder[0].Window.Segments != 1 || len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "until that is read") {
		t.Errorf("a file: %+v, findings %+v; want one segment, and the reason", r.Ladder[0].Window, r.Findings)
	}
}

// TestUnreadIndexes: illegal is what contradicts the MPD, info what only could not
// be found out.
func TestUnreadIndexes(t *testing.T) {
	index := sidx(t, 30)
	whole := fmt.Sprintf("0-%d", len(index)-1)
	for _, test := range []struct {
		why, at, body  string
		severity, says string
	}{
		{"beyond the end of the resource", "5000-5099", index, "illegal", "answered 416"},
		{"a range that cuts the box", "0-99", index, "illegal", "100 of"},
		{"more than is fetched: its end may lie there", "0-2000000", index[:100], "info", "100 of"},
		{"another kind of index", "0-4", "\x1c\x53\xbb\x6b\x80", "info", "WebM"},
		{"no range, and no index near the beginning", "", ftyp, "info", "no sidx"},
		{"as it should be", whole, index, "", ""},
	} {
		s := serveFiles(t, false, map[string]string{"index.mpd": film(map[string]string{"a.mp4": test.at}, "a.mp4"), "a.mp4": test.body})
		page, err := inspect.Crawl(t.Context(), inspect.HTTP{}, s.URL+"/index.mpd", 0, now)
		if err != nil {
			t.Fatal(err)
		}
		severity, text := "", ""
		for _, f := range inspect.Describe(page, now).Findings {
			severity, text = f.Severity, f.Text
		}
		if severity != test.severity || !strings.Contains(text, test.says) {
			t.Errorf("%s: %s %q; want %s with %q", test.why, severity, text, test.severity, test.says)
		}
	}
}

// TestHTTPRange: a part is that part or an error, never another one.
func TestHTTPRange(t *testing.T) {
	for _, test := range []struct {
		why    string
		answer func(w http.ResponseWriter)
		part   manifest.Range
		want   string // "" is an error
	}{
		{"200 with everything is cut", func(w http.ResponseWriter) { _, _ = w.Write([]byte("0123456789")) }, manifest.Range{Offset: 3, Length: 4}, "3456"},
		{"206 with more than was asked for", func(w http.ResponseWriter) { partial(w, "bytes 3-9/10", "3456789") }, manifest.Range{Offset: 3, Length: 4}, "3456"},
		{"206 with another part", func(w http.ResponseWriter) { partial(w, "bytes 0-3/10", "0123") }, manifest.Range{Offset: 3, Length: 4}, ""},
		{"206 that does not say which part", func(w http.ResponseWriter) { partial(w, "", "0123") }, manifest.Range{Offset: 3, Length: 4}, ""},
		{"a resource that ends sooner", func(w http.ResponseWriter) { _, _ = w.Write([]byte("01234")) }, manifest.Range{Offset: 3, Length: 4}, "34"},
		{"too far into a resource to read it all", func(w http.ResponseWriter) { _, _ = w.Write([]byte("0")) }, manifest.Range{Offset: 1 << 40, Length: 4}, ""},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.answer(w) }))
		r, err := inspect.HTTP{}.Get(t.Context(), s.URL, test.part)
		if string(r.Body) != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: %q, %v; want %q", test.why, r.Body, err, test.want)
		}
		s.Close()
	}
}

func partial(w http.ResponseWriter, what, body string) {
	w.Header().Set("Content-Range", what)
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write([]byte(body))
}

// TestAnyTime: availabilityTimeOffset="INF" is no number of hours.
func TestAnyTime(t *testing.T) {
	for offset, want := range map[string]string{"INF": "available any time", "1.5": "available early by 1.5 s"} {
		body := strings.Replace(mpd(""), "<SegmentTemplate ", `<SegmentTemplate availabilityTimeOffset="`+offset+`" `, 1)
		page, err := inspect.Read("index.mpd", inspect.Response{Body: []byte(body)}, now)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := inspect.Text(&out, inspect.Describe(page, now), 0); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v\n%s\nwant %q", offset, err, &out, want)
		}
	}
}
