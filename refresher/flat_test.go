package refresher

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"testing"
)

// FuzzFlatObject: what is read the short way reads encoding/json the same.
func FuzzFlatObject(f *testing.F) {
	for _, text := range []string{
		`{"token":"Ab-_","token_ip":"x","client_ip":"127.0.0.1","expires":1700000060,"url":"http://e/cmaf/1_v/t/1/master.m3u8","url_ip":""}`,
		`{"a":1,"a":2}`, `{"a":01}`, `{"a":-1}`, `{"a":1.5}`, `{"a":"\\n"}`, `{"a":"é"}`, `{"a":null}`, `{"a":{"b":1}}`, `{}`, `{"a":1}x`, `{"a":1,}`,
		`{"a":1`, `,"a":1}`, `{"a" :1}`, `[1]`, ``, `{"":""}`, `{"a":}`, `{"a":"b"`, `{,"a":1}`, `{"a":1}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := flatObject(body)
		if got == nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var want jsonObject
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("flatObject(%q) = %v; encoding/json: %v, %v", body, got, want, err)
		}
		if _, err := d.Token(); err != io.EOF {
			t.Fatalf("flatObject(%q) does not see what follows", body)
		}
	})
}

// The answer of the guide's API goes the short way.
func TestFlatObjectReadsTheGuides(t *testing.T) {
	if o := flatObject([]byte(`{"token":"t","expires":1700000060,"url":"u"}`)); o.text("", "token") != "t" || o["expires"] != json.Number("1700000060") {
		t.Errorf("flatObject = %v; want token t and its expiry", o)
	}
}
