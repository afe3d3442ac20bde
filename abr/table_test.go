package abr

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"soak/manifest"
)

const small = `{"segment_duration_ms": 3000, "bitrates_kbps": [230, 477.5], "segment_sizes_bits": [[886360, 1784376], [725160, 1521456]]}`

func TestParse(t *testing.T) {
	table, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if table.Bitrates[1] != 477_500 || table.Sizes[1][0] != 725160 || table.Duration() != 6*time.Second {
		t.Errorf("Parse(%s) = %+v", small, table)
	}
	table, err = Parse([]byte(`{"segment_durations_ms": [2000, 1999.5], "bitrates_kbps": [1], "segment_sizes_bits": [[1], [2]]}`))
	if err != nil || table.Durations[1] != 1999500*time.Microsecond {
		t.Errorf("durations by segment = %v, %v", table.Durations, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{small, ``, "not a table of segment sizes: EOF"},
		{small, `[[1000, 2], [3, 4]]`, "not a table of segment sizes"},
		{small, small + "{}", "something follows"},
		{`"segment_duration_ms": 3000`, `"segment_duration": 3000`, `unknown field "segment_duration"`},
		{`"segment_duration_ms": 3000, `, ``, "segment_duration_ms or segment_durations_ms"},
		{`"segment_duration_ms": 3000`, `"segment_duration_ms": 3000, "segment_durations_ms": [1000, 1000]`, "not both"},
		{`"segment_duration_ms": 3000`, `"segment_durations_ms": [3000]`, "1 durations for 2 segments"},
		{`"segment_duration_ms": 3000`, `"segment_durations_ms": [3000, null]`, "segment 1: must be between"},
		{`3000`, `-1`, "segment_duration_ms: must be between 10 and 600000"},
		{`3000`, `1e99`, "segment_duration_ms: must be between"},
		{`[230, 477.5]`, `[]`, "bitrates_kbps: 0 rungs"},
		{`[230, 477.5]`, `[230, 0]`, "bitrates_kbps: rung 1: must be between"},
		{`[230, 477.5]`, `[230, null]`, "bitrates_kbps: rung 1"},
		{`[230, 477.5]`, `[477.5, 230]`, "rung 1: 230 is not above rung 0"},
		{`[230, 477.5]`, `[230]`, "segment 0: want a list of 1 sizes"},
		{`[725160, 1521456]`, `[725160]`, "segment 1: want a list of 2 sizes"},
		{`[725160, 1521456]`, `7`, "segment 1: want a list of 2 sizes"},
		{`1521456`, `0`, "segment 1, rung 1: 0: want a whole number of bits"},
		{`1521456`, `-5`, "segment 1, rung 1: -5"},
		{`1521456`, `1.5`, "segment 1, rung 1: 1.5"},
		{`1521456`, `"1521456"`, `segment 1, rung 1: "1521456"`},
		{`1521456`, `99999999999999999999`, "segment 1, rung 1"},
		{`[[886360, 1784376], [725160, 1521456]]`, `[]`, "segment_sizes_bits: 0 segments"},
		{`[[886360, 1784376], [725160, 1521456]]`, `[` + strings.Repeat("[1,2],", 20_000) + `[1,2]]`, "20001 segments; from 1 to 20000"},
	} {
		text := strings.Replace(small, c.old, c.new, 1)
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%.120s) = %v; want %q", text, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "movie.json")
	if err := os.WriteFile(file, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	if table, err := Load(file); err != nil || table.Name != "movie" {
		t.Errorf("Load(%s) = %q, %v; want the file's name", file, table.Name, err)
	}
	for _, c := range []struct{ path, want string }{
		{dir, "not a regular file"},
		{filepath.Join(dir, "none.json"), "none.json: no such file"},
	} {
		if _, err := Load(c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Load(%s) = %v; want %q", c.path, err, c.want)
		}
	}
}

// The texts that the players are given say what the table says, to the nanosecond.
func TestManifestsSayTheTable(t *testing.T) {
	table := Table{Bitrates: []int64{230_000, 477_001}, Durations: []time.Duration{2 * time.Second, 2 * time.Second, 1_999_999_999, 10 * time.Millisecond}}
	for range table.Durations {
		table.Sizes = append(table.Sizes, []int64{1, 2})
	}
	check := func(name string, s *manifest.Segments, rung string) {
		t.Helper()
		var start time.Duration
		for i, want := range table.Durations {
			got, ok := s.Number(int64(i))
			if !ok || got.Start != start || got.Duration != want || !strings.HasSuffix(got.Ref.URI, "m4s") {
				t.Errorf("%s %s: segment %d = %v + %v, %q, %v; want %v + %v", name, rung, i, got.Start, got.Duration, got.Ref.URI, ok, start, want)
			}
			start += want
		}
		if _, more := s.Number(int64(len(table.Durations))); more {
			t.Errorf("%s %s: more segments than the table", name, rung)
		}
	}
	mpd, err := manifest.Parse(site+mpdName, "application/dash+xml", []byte(table.mpd()))
	if err != nil {
		t.Fatal(err)
	}
	for r, rendition := range mpd.Periods[0].Sets[0].Renditions {
		if rendition.Bandwidth != table.Bitrates[r] {
			t.Errorf("mpd: rung %d has %d bit/s; want %d", r, rendition.Bandwidth, table.Bitrates[r])
		}
		check("mpd", rendition.Segments, rendition.ID)
	}
	if got := mpd.DASH.MediaPresentationDuration; (got - table.Duration()).Abs() > time.Millisecond {
		t.Errorf("mpd lasts %v; want %v to the millisecond", got, table.Duration())
	}
	master, err := manifest.Parse(site+masterName, "", []byte(table.master()))
	if err != nil {
		t.Fatal(err)
	}
	for r, rendition := range master.Periods[0].Sets[0].Renditions {
		if rendition.Bandwidth != table.Bitrates[r] || rendition.AverageBandwidth != table.Bitrates[r] {
			t.Errorf("master: rung %d has %d bit/s; want %d", r, rendition.Bandwidth, table.Bitrates[r])
		}
	}
	list, err := manifest.Parse(site+"r0/"+playlistName, "", []byte(table.playlist()))
	if err != nil {
		t.Fatal(err)
	}
	check("playlist", list.Periods[0].Sets[0].Renditions[0].Segments, "")
	for name, p := range map[string]*manifest.Presentation{"master": master, "playlist": list} { // in an MPD it is risky to do without inits
		if len(p.Findings) > 0 {
			t.Errorf("%s: %v", name, p.Findings)
		}
	}
}

// FuzzParse: what comes from a file may be anything. What is accepted can be
// played: its texts parse.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"segment_durations_ms": [2000, 10.123456], "bitrates_kbps": [0.001, 1e9], "segment_sizes_bits": [[1, 1099511627776], [2, 3]]}`))
	f.Add([]byte(`{"segment_duration_ms": 1e400}`))
	f.Add([]byte(`{"bitrates_kbps": [null], "segment_sizes_bits": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Parse(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of more than one line: %q", err)
			}
			return
		}
		if len(table.Sizes) > 50 {
			return
		}
		for _, text := range []string{table.mpd(), table.master(), table.playlist()} {
			if _, err := manifest.Parse(site+"x", "", []byte(text)); err != nil {
				t.Errorf("%v for\n%s", err, text)
			}
		}
	})
}
