package reports

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// pageFiles are what pages are made of. uplot/ is uPlot 1.6.32 as npm has it, with
// its licence.
//
//go:embed page
var pageFiles embed.FS

// webPage is one self-contained file: it opens from disk, asks no network for
// anything, and says all it has to say without scripts too, charts excepted, which
// then are tables.
type webPage struct {
	Title  string
	Body   string // name of the template in page/, and of its script and style
	Values any    // what the template shows
	Charts []chart
	// Connects lets it ask the server that it came from: pages that are no files do.
	Connects bool
}

// write fills the shell. The policy lets a browser run the very scripts and styles
// that are in the file and nothing else: no network, no eval, no attribute with code.
func (p webPage) write(w io.Writer) error {
	style, scripts := p.parts()
	body, err := p.body()
	if err != nil {
		return fmt.Errorf("page %s: %w", p.Body, err)
	}
	charts, err := json.Marshal(append([]chart{}, p.Charts...)) // with <, > and & escaped: no text in it ends the element
	if err != nil {
		return fmt.Errorf("page %s: charts: %w", p.Body, err)
	}
	shell := struct {
		Title, Policy string
		Style         template.CSS
		Body          template.HTML
		Data          template.JS
		Scripts       []template.JS
	}{Title: clean(p.Title), Policy: p.policy(), Style: template.CSS(style), Body: body, Data: template.JS(charts)}
	for _, s := range scripts {
		shell.Scripts = append(shell.Scripts, template.JS(s))
	}
	t, err := templates("shell")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "shell", shell); err != nil {
		return fmt.Errorf("page %s: %w", p.Body, err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// parts are the page's style and scripts.
func (p webPage) parts() (style string, scripts []string) {
	scripts = []string{uplotScript(), asset("page.js")}
	if own, err := pageFiles.ReadFile("page/" + p.Body + ".js"); err == nil {
		scripts = append(scripts, string(own))
	}
	return asset("uplot/uPlot.min.css") + "\n" + asset("page.css") + asset(p.Body+".css"), scripts
}

// policy is the page's Content-Security-Policy.
func (p webPage) policy() string {
	text := policy(p.parts())
	if p.Connects {
		text += "; connect-src 'self'"
	}
	return text
}

// body is the page without its shell, escaped by html/template.
func (p webPage) body() (template.HTML, error) {
	t, err := templates("shell", p.Body)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, p.Body, p.Values); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil
}

func templates(names ...string) (*template.Template, error) {
	t := template.New("")
	for _, name := range names {
		if _, err := t.ParseFS(pageFiles, "page/"+name+".html"); err != nil {
			return nil, fmt.Errorf("page: %w", err)
		}
	}
	return t, nil
}

// asset is a file of the page; what is not there is a mistake in this package that
// its tests see.
func asset(name string) string {
	text, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		return ""
	}
	return string(text)
}

// uplotScript is uPlot behind the notice that its licence wants in every copy.
func uplotScript() string {
	return "/*!\nuPlot 1.6.32\n" + asset("uplot/LICENSE") + "*/\n" + asset("uplot/uPlot.iife.min.js")
}

// policy is the Content-Security-Policy of a page with these inline parts
// (Content Security Policy Level 3, 6.7.2.3: hashes of inline elements).
func policy(style string, scripts []string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	var hashes []string
	for _, s := range scripts {
		hashes = append(hashes, hash(s))
	}
	return "default-src 'none'; script-src " + strings.Join(hashes, " ") + "; style-src " + hash(style) + "; base-uri 'none'; form-action 'none'"
}
