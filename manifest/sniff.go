package manifest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"
)

// sniff tells from the body itself which format it is: CDNs mislabel manifests,
// and answer refusals with status 200.
func sniff(contentType string, body []byte) (Format, *Error) {
	head := bytes.TrimSpace(body[:min(len(body), 1024)])
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return 0, notManifest("an empty body")
	// RFC 8216 section 4.3.1.1: the first line. hls.js refuses anything else.
	case bytes.HasPrefix(body, []byte("#EXTM3U")):
		return HLS, nil
	case binary(head):
		return 0, notManifest("binary data")
	case len(head) > 0 && head[0] == '<':
		return sniffXML(body)
	case len(head) > 0 && (head[0] == '{' || head[0] == '['):
		return 0, notManifest("JSON")
	case bytes.Contains(head, []byte("#EXTM3U")) || bytes.HasPrefix(head, []byte("#EXT")):
		return 0, &Error{Err: fmt.Errorf("%w: a playlist must begin with #EXTM3U", ErrNotManifest)}
	}
	if kind, _, err := mime.ParseMediaType(contentType); err == nil && len(kind) <= 40 {
		return 0, notManifest("a body of type " + kind)
	}
	return 0, notManifest("text")
}

func binary(head []byte) bool {
	if bytes.IndexByte(head, 0) >= 0 {
		return true
	}
	cut := len(head) // a rune may straddle the end of the sample
	for range utf8.UTFMax {
		if utf8.Valid(head[:cut]) {
			return false
		}
		if cut--; cut < 0 {
			break
		}
	}
	return true
}

// sniffXML accepts only <MPD>. go-dash takes any root, which would turn a CDN's
// <Error> with status 200 into an empty MPD.
func sniffXML(body []byte) (Format, *Error) {
	body, bad := asUTF8(body)
	if bad != nil {
		return 0, bad
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.RawToken()
		if err != nil {
			return 0, brokenXML(body, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			return judgeRoot(t.Name.Local, body)
		case xml.Directive:
			if looksHTML(t) {
				return 0, notManifest("an HTML page")
			}
		}
	}
}

func judgeRoot(root string, body []byte) (Format, *Error) {
	switch {
	case root == "MPD":
		return DASH, nil
	case strings.EqualFold(root, "html"):
		return 0, notManifest("an HTML page")
	case root == "Error":
		return 0, notManifest("an XML error" + errorCode(body))
	}
	return 0, notManifest("XML with the root element " + quote(root))
}

// errorCode is S3's <Code>, the one part of its error that helps and holds no URL.
func errorCode(body []byte) string {
	var e struct {
		Code string `xml:"Code"`
	}
	if xml.Unmarshal(body, &e) != nil || e.Code == "" || len(e.Code) > 40 || strings.Trim(e.Code, letters) != "" {
		return ""
	}
	return " (" + e.Code + ")"
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func brokenXML(body []byte, err error) *Error {
	if looksHTML(body[:min(len(body), 1024)]) {
		return notManifest("an HTML page")
	}
	if atEOF(err) {
		return truncated(0, "it ends before its first element does")
	}
	return notManifest("broken XML")
}

func looksHTML(head []byte) bool {
	lower := bytes.ToLower(head)
	return bytes.HasPrefix(bytes.TrimSpace(lower), []byte("doctype html")) ||
		bytes.Contains(lower, []byte("<!doctype html")) || bytes.Contains(lower, []byte("<html"))
}
