package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// segments are how long the streams' segments last.
var segments = [...]time.Duration{2 * time.Second, 6 * time.Second}

const listed = 6 // segments in a playlist

const masterPlaylist = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=60000,CODECS=\"avc1.42c00b,mp4a.40.2\",RESOLUTION=256x144\nvideo.m3u8\n"

// publish keeps the live playlists of nginx's streams current until ctx is done.
func (o *origin) publish(ctx context.Context) error {
	if err := os.WriteFile(filepath.Join(o.dir, "master.m3u8"), []byte(masterPlaylist), 0o644); err != nil {
		return err
	}
	for _, segment := range segments {
		if err := o.renew(segment, time.Now()); err != nil {
			return err
		}
		go func() {
			for {
				now := time.Now()
				select {
				case <-ctx.Done():
					return
				case <-time.After(now.Truncate(segment).Add(segment).Sub(now)):
					_ = o.renew(segment, time.Now()) // viewers of a stream that stands still say so
				}
			}
		}()
	}
	return nil
}

// renew replaces a playlist at once: nobody reads half of one.
func (o *origin) renew(segment time.Duration, now time.Time) error {
	next := now.UnixNano() / int64(segment) // is not complete yet
	text := fmt.Sprintf("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n", int(segment.Seconds()), next-listed)
	for n := next - listed; n < next; n++ {
		text += fmt.Sprintf("#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:%.3f,\ns%d.ts\n",
			time.Unix(0, n*int64(segment)).UTC().Format("2006-01-02T15:04:05.000Z"), segment.Seconds(), n)
	}
	file := filepath.Join(o.dir, fmt.Sprintf("video%d.m3u8", int(segment.Seconds())))
	if err := os.WriteFile(file+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
