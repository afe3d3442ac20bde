#!/bin/sh
# Makes the lab's sample: 8 s of H.264 in three sizes and 8 s of AAC, as
# fragmented MP4 with one track a file. Needs ffmpeg with libx264; the results
# are committed, so only someone who wants another picture runs this. The same
# ffmpeg makes the same bytes.
#
# What the lab relies on, and its tests check:
#   - 25 frames/s, a closed group of pictures every second, no B frames: any
#     second can follow any other, and decoding order is presentation order;
#   - 8 s are 200 frames and, at 48 kHz, exactly 375 AAC frames of 1024 samples:
#     the shortest whole number of seconds in which both come out even;
#   - the sound repeats every second and is cut from the middle of a longer
#     encoding, so that the loop has neither priming nor a click.
set -eu
cd "$(dirname "$0")"
seconds=8

video() { # file, size, kbit/s
	ffmpeg -v error -y -f lavfi -i "testsrc2=size=$2:rate=25:duration=$seconds" \
		-c:v libx264 -threads 1 -profile:v main -preset veryslow -pix_fmt yuv420p -bf 0 \
		-g 25 -keyint_min 25 -sc_threshold 0 -b:v "$3k" -maxrate "$3k" -bufsize "$(($3 * 2))k" \
		-color_primaries bt709 -color_trc bt709 -colorspace bt709 \
		-bsf:v filter_units=remove_types=6 -video_track_timescale 90000 -fflags +bitexact -flags:v +bitexact \
		-map_metadata -1 -movflags +cmaf+frag_keyframe+skip_trailer -use_editlist 0 "$1"
}

audio() { # file, kbit/s
	tone="0.12*sin(2*PI*440*t)+0.25*sin(2*PI*880*t)*lt(mod(t\,1)\,0.1)"
	whole=$(mktemp --suffix=.mp4)
	ffmpeg -v error -y -f lavfi -i "aevalsrc=$tone|$tone:s=48000:d=$((3 * seconds))" \
		-c:a aac -b:a "$2k" -flags:a +bitexact "$whole"
	ffmpeg -v error -y -ss "$seconds" -i "$whole" -t "$seconds" -c copy -fflags +bitexact \
		-map_metadata -1 -movflags +cmaf+skip_trailer -frag_duration 1000000 -use_editlist 0 "$1"
	rm -f "$whole"
}

video v1.mp4 256x144 60
video v2.mp4 384x216 110
video v3.mp4 512x288 180
audio a1.mp4 48
ls -l ./*.mp4
