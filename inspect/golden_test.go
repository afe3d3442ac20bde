package inspect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"soak/inspect"
	"soak/lab"
	"soak/manifest"
	"soak/token"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s", file, got)
	}
}

// direct is a lab asked without a network, at one moment.
type direct struct {
	lab *lab.Lab
	now time.Time
}

func (d direct) Get(_ context.Context, address string, _ manifest.Range) (inspect.Response, error) {
	u, err := url.Parse(address)
	if err != nil {
		return inspect.Response{}, err
	}
	a := d.lab.Edge(lab.Request{Path: u.Path, RawQuery: u.RawQuery}, d.now)
	return inspect.Response{URL: address, Status: a.Status, ContentType: a.ContentType, Body: a.Body()}, nil
}

func newDirect(t *testing.T) direct {
	t.Helper()
	l, err := lab.New(lab.Config{Secret: "a test's secret", Length: time.Minute}, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	return direct{l, now}
}

func (d direct) url(kind token.Kind, video, file string, g token.Grant) string {
	g.Token = token.Signer{Client: "2675", Secret: "a test's secret"}.Sign(video, g.Expires, "")
	return d.lab.Hosts().Plain + token.Path(kind, "2675", video, g, file)
}

// labReport inspects one of the lab's streams, derivation and all.
func labReport(t *testing.T, kind token.Kind, video, file string) inspect.Report {
	t.Helper()
	d := newDirect(t)
	address := d.url(kind, video, file, token.Grant{Expires: now.Unix() + 60})
	page, err := inspect.Crawl(t.Context(), d, address, 0, now)
	if err != nil {
		t.Fatal(err)
	}
	g, _ := inspect.Locate(address, now)
	inspect.Probe(t.Context(), d, page, g)
	r := inspect.Describe(page, now)
	derivation := inspect.Derive(inspect.Sight{Page: page, Grant: g}, inspect.Sight{}, now)
	r.Derivation = &derivation
	return r
}

var labStreams = []struct {
	name, video, file string
	kind              token.Kind
}{
	{"hls-live", "live", "master.m3u8", token.Live},
	{"dash-live", "live", "index.mpd", token.Live},
	{"hls-vod", "vod", "master.m3u8", token.VOD},
	{"dash-vod", "vod", "index.mpd", token.VOD},
}

// TestLabStreams: what is said of the lab's four streams is what the lab serves.
// The same text stands in docs/inspect.md.
func TestLabStreams(t *testing.T) {
	docs, err := os.ReadFile("../docs/inspect.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range labStreams {
		var out bytes.Buffer
		if err := inspect.Text(&out, labReport(t, s.kind, s.video, s.file), 0); err != nil {
			t.Fatal(err)
		}
		golden(t, s.name+".txt", out.Bytes())
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > inspect.Width {
				t.Errorf("%s: %d columns; want %d at most: %s", s.name, n, inspect.Width, line)
			}
		}
		if !strings.Contains(string(docs), out.String()) {
			t.Errorf("%s: docs/inspect.md does not show it as it is", s.name)
		}
	}
}

// TestSynthetic: streams with the hazards that the lab does not have. Hosts have
// other ports every time, so they are named here.
func TestSynthetic(t *testing.T) {
	docs, err := os.ReadFile("../docs/inspect.md")
	if err != nil {
		t.Fatal(err)
	}
	const variant = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,CODECS=\"avc1.4D401F,mp4a.40.2\"\n"
	edge := serve(t, map[string]string{"master.m3u8": variant + "v1/index.m3u8\n", "v1/index.m3u8": list(7, 12)})
	for _, s := range []struct{ name, body string }{
		{"absolute.txt", variant + "{H}/cmaf/2675_live/tokenOfItsOwn/1800003600/v1/index.m3u8\n"},
		{"redirected.txt", "302 " + edge.URL + "/cmaf/2675_live/edgeOWN/1800003600/master.m3u8"},
	} {
		front := serve(t, map[string]string{"master.m3u8": s.body, "v1/index.m3u8": list(7, 12)})
		page, err := inspect.Crawl(t.Context(), inspect.HTTP{}, front.url(t1, "master.m3u8"), 0, now)
		if err != nil {
			t.Fatal(err)
		}
		r := inspect.Describe(page, now)
		d := inspect.Derive(inspect.Sight{Page: page, Grant: t1}, inspect.Sight{}, now)
		r.Derivation = &d
		var out bytes.Buffer
		if err := inspect.Text(&out, r, 0); err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(front.Listener.Addr().String(), "front.example", edge.Listener.Addr().String(), "edge.example").Replace(out.String())
		golden(t, s.name, []byte(text))
		if !strings.Contains(string(docs), text) {
			t.Errorf("%s: docs/inspect.md does not show it as it is", s.name)
		}
	}
}

func TestJSON(t *testing.T) {
	r := labReport(t, token.Live, "live", "index.mpd")
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "dash-live.json", append(body, '\n'))
}
