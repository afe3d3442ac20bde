package player

import (
	"errors"
	"slices"
	"strings"

	"soak/manifest"
	"soak/qoe"
)

var errNoSegments = errors.New("media playlist: lists no segments")

// hlsKeys is the key-loader (src/loader/key-loader.ts): keys are kept for ever
// under the URI that the playlist gave them, resolved. A new token in the
// playlist's URL makes a new URI, and the key is fetched again.
type hlsKeys struct {
	h     *hls
	byURI map[manifest.Address]*hlsKey
}

// hlsKey is one key and who waits for it.
type hlsKey struct {
	uri     manifest.Address
	loaded  bool
	loader  *hlsLoader
	waiting []keyWaiter
}

type keyWaiter struct {
	frag *hlsLoadingFrag
	then func()
}

// need asks for one of keys unless it is in memory, and tells whether then will
// be called only after it came. DRM keys do not pass the loader.
func (k *hlsKeys) need(f *hlsLoadingFrag, keys []manifest.Key, then func()) bool {
	i := slices.IndexFunc(keys, isHTTPKey)
	if i < 0 {
		return false
	}
	uri := f.from.Address(keys[i].Ref)
	if k.byURI == nil {
		k.byURI = make(map[manifest.Address]*hlsKey)
	}
	key := k.byURI[uri]
	if key == nil {
		key = &hlsKey{uri: uri}
		k.byURI[uri] = key
	}
	if key.loaded {
		return false
	}
	f.waits++
	f.keys = append(f.keys, key)
	key.waiting = append(key.waiting, keyWaiter{f, then})
	k.load(key, f)
	return true
}

func isHTTPKey(key manifest.Key) bool {
	identity := key.Format == "" || key.Format == "identity"
	return identity && key.Ref.URI != "" && !strings.HasPrefix(key.Ref.URI, "data:")
}

// load starts what is needed for a key that somebody waits for.
func (k *hlsKeys) load(key *hlsKey, f *hlsLoadingFrag) {
	if key.loader == nil {
		key.loader = k.h.loads.keepTrying(Request{
			URL: key.uri, Kind: qoe.Key, Media: f.pipe.media,
		}, k.h.opt.key, func(o *hlsOutcome, asked manifest.Address) { k.arrived(key, o, asked) })
	}
}

const keyLost = "after key load, decryptdata unset or changed"

// arrived files the key. The original looks for its entry under the URL of the
// loader's context. An integration that has rewritten that URL makes it miss: the
// key came with 200, and still there is none. Every further attempt asks for it
// again, and misses again.
func (k *hlsKeys) arrived(key *hlsKey, o *hlsOutcome, asked manifest.Address) {
	key.loader = nil
	switch {
	case !o.OK():
		k.settle(key, o)
	case asked != key.uri:
		k.h.note("key fetched but not found again: the loader's URL was rewritten")
		k.settle(key, &hlsOutcome{Response: &Response{Failure: qoe.BodyFailure, Detail: keyLost}})
	default:
		key.loaded = true
		k.settle(key, nil)
	}
}

// settle tells everyone who waits.
func (k *hlsKeys) settle(key *hlsKey, problem *hlsOutcome) {
	waiting := key.waiting
	key.waiting = nil
	for _, w := range waiting {
		switch {
		case w.then == nil || w.frag.failed:
		case problem == nil:
			w.then()
		default: // without an initialization segment the fragment is of no use
			w.frag.media.cancel()
			w.frag.media = nil
		}
		w.frag.gotKey(problem)
	}
}

// leave stops waiting; a request goes when nobody waits for it any more.
func (k *hlsKeys) leave(f *hlsLoadingFrag) {
	if f == nil {
		return
	}
	for _, key := range f.keys {
		k.abandon(key, f)
	}
	f.keys = nil
}

func (k *hlsKeys) abandon(key *hlsKey, f *hlsLoadingFrag) {
	key.waiting = slices.DeleteFunc(key.waiting, func(w keyWaiter) bool { return w.frag == f })
	if len(key.waiting) > 0 {
		return
	}
	key.loader.cancel()
	key.loader = nil
}
