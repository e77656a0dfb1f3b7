// Checks a transparency log with the Go team's own packages and nothing of ours.
//
//	logcheck VKEY DIR check [OLDER-CHECKPOINT ...]  every entry, every older checkpoint
//	logcheck VKEY DIR receipt FILE                  a C2SP tlog-proof@v1 with its record
//	logcheck VKEY DIR speed                         entries hashed and the root computed, a second
//
// DIR is a log as static files: checkpoint, tile/..., tile/entries/....
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files struct{ dir string }

func (f files) Height() int { return 8 }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		// Go's path is tile/8/L/N, that of C2SP tlog-tiles has no height.
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.dir, name))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	vkey, dir, what, rest := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	verifier, err := note.NewVerifier(vkey)
	must(err)
	if what == "receipt" {
		receipt(rest[0], verifier)
		return
	}
	tree := open(filepath.Join(dir, "checkpoint"), verifier)
	hashes := tlog.TileHashReader(tree, files{dir})
	switch what {
	case "check":
		for index, entry := range entries(dir, tree.N) {
			proof, err := tlog.ProveRecord(tree.N, int64(index), hashes)
			must(err)
			must(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), tlog.RecordHash(entry)))
		}
		for _, name := range rest {
			old := open(name, verifier)
			if old.N == 0 {
				continue
			}
			proof, err := tlog.ProveTree(tree.N, old.N, hashes)
			must(err)
			must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
		}
		fmt.Printf("%d entries and %d older checkpoints hold\n", tree.N, len(rest))
	case "speed":
		speed(dir, tree)
	}
}

func open(name string, verifier note.Verifier) tlog.Tree {
	data, err := os.ReadFile(name)
	must(err)
	return checked(data, verifier)
}

func checked(data []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(data, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("not a checkpoint of %s", verifier.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

func entries(dir string, size int64) [][]byte {
	var found [][]byte
	for at := int64(0); at < size; at += 256 {
		width := 256
		if size-at < 256 {
			width = int(size - at)
		}
		tile := tlog.Tile{H: 8, L: 0, N: at / 256, W: width}
		name := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(dir, name))
		must(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	if int64(len(found)) != size {
		must(fmt.Errorf("%d entries, not %d", len(found), size))
	}
	return found
}

func receipt(name string, verifier note.Verifier) {
	data, err := os.ReadFile(name)
	must(err)
	head, signed, _ := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		must(fmt.Errorf("not a proof"))
	}
	record, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		proof = append(proof, hash)
	}
	tree := checked(signed, verifier)
	entry := sha256.Sum256(record)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry[:])))
	fmt.Printf("entry %d of %d holds\n", index, tree.N)
}

func speed(dir string, tree tlog.Tree) {
	all := entries(dir, tree.N)
	began := time.Now()
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for index, entry := range all {
		added, err := tlog.StoredHashesForRecordHash(int64(index), tlog.RecordHash(entry), reader)
		must(err)
		stored = append(stored, added...)
	}
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash {
		must(fmt.Errorf("another root"))
	}
	fmt.Printf("%.0f\n", float64(tree.N)/time.Since(began).Seconds())
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "logcheck:", err)
		os.Exit(1)
	}
}
