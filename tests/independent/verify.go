// Command verify checks a folder of log evidence without any of Standclear's code: the log's
// signature, the cosignature, every entry, every proof file, every earlier checkpoint. README.md in
// this folder describes the input. It prints "N entries verified" and exits 0, or names the first
// thing that is wrong and exits 1.
//
// Trees and notes are checked by golang.org/x/mod/sumdb, written by others. That knows neither
// cosignatures nor base64 with stray bits, so those two are checked here.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

var strict = base64.StdEncoding.Strict()

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: verify FOLDER")
		os.Exit(2)
	}
	summary, err := verifyFolder(os.Args[1])
	if err != nil {
		fmt.Fprintf(os.Stderr, "FAILED: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(summary)
}

// evidence is what the folder holds, as far as it has been verified.
type evidence struct {
	folder     string
	log        note.Verifier
	cosigners  []note.Verifier
	entries    []tlog.Hash // leaf hashes of the entries file
	stored     []tlog.Hash // in the order of tlog.StoredHashIndex
	checkpoint *checkpoint // nil without a checkpoint file
}

func verifyFolder(folder string) (string, error) {
	e := &evidence{folder: folder}
	// Proofs may have their own keys; a whole log needs these.
	if err := e.readKeys("vkeys"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("vkeys: %w", err)
	}
	var parts []string
	verified, err := e.verifyEntries()
	if err != nil {
		return "", err
	}
	proofs, err := e.each("*.tlog-proof", e.verifyProof)
	if err != nil {
		return "", err
	}
	consistent, err := e.each("*.consistency", e.verifyConsistency)
	if err != nil {
		return "", err
	}
	earlier, err := e.each("*.checkpoint", e.verifyEarlier)
	if err != nil {
		return "", err
	}
	if e.checkpoint == nil {
		// Without the whole log, what is verified is the entries that have a proof.
		verified = proofs
	}
	if verified == 0 && e.checkpoint == nil {
		return "", errors.New("the folder has neither a checkpoint with entries nor a .tlog-proof file")
	}
	parts = append(parts, fmt.Sprintf("%d entries verified", verified))
	parts = append(parts, fmt.Sprintf("%d proof files, %d consistency proofs, %d earlier checkpoints",
		proofs, consistent, earlier))
	return strings.Join(parts, "\n"), nil
}

// each runs check on every matching file, in the order of names.
func (e *evidence) each(pattern string, check func(path string) error) (int, error) {
	paths, err := filepath.Glob(filepath.Join(e.folder, pattern))
	if err != nil {
		return 0, err
	}
	sort.Strings(paths)
	for _, path := range paths {
		if err := check(path); err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return len(paths), nil
}

// ---- keys

func (e *evidence) readKeys(name string) error {
	data, err := os.ReadFile(filepath.Join(e.folder, name))
	if err != nil {
		return err
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		role, vkey, _ := strings.Cut(line, " ")
		switch {
		case role == "log" && e.log == nil:
			e.log, err = note.NewVerifier(vkey)
		case role == "cosigner":
			var cosigner note.Verifier
			cosigner, err = newCosigner(vkey)
			e.cosigners = append(e.cosigners, cosigner)
		default:
			err = errors.New("expected one `log <vkey>` line, and `cosigner <vkey>` lines")
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if e.log == nil {
		return errors.New("no `log <vkey>` line")
	}
	return nil
}

// cosigner verifies c2sp.org/tlog-cosignature, signature type 0x04.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("malformed cosigner key")
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	key, err := strict.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	if len(key) != 1+ed25519.PublicKeySize || key[0] != 0x04 {
		return nil, errors.New("a cosigner key has type 4 and 32 bytes")
	}
	id := sha256.Sum256([]byte(parts[0] + "\n" + string(key)))
	if binary.BigEndian.Uint32(id[:4]) != uint32(hash) {
		return nil, errors.New("the key ID does not match the cosigner's name and key")
	}
	return &cosigner{parts[0], uint32(hash), key[1:]}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	if time > 1<<63-1 {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

// ---- checkpoints

type checkpoint struct {
	size int64
	root tlog.Hash
}

// openCheckpoint verifies the log's line and the line of every cosigner in vkeys.
func (e *evidence) openCheckpoint(data []byte) (*checkpoint, error) {
	if e.log == nil {
		return nil, errors.New("there is no vkeys file to verify it with")
	}
	signers := append([]note.Verifier{e.log}, e.cosigners...)
	opened, err := note.Open(data, note.VerifierList(signers...))
	if err != nil {
		return nil, err
	}
	for _, signer := range signers {
		signed := false
		for _, signature := range opened.Sigs {
			if signature.Name == signer.Name() && signature.Hash == signer.KeyHash() {
				signed = true
			}
		}
		if !signed {
			return nil, fmt.Errorf("no signature of %s+%08x", signer.Name(), signer.KeyHash())
		}
	}
	for _, signature := range append(opened.Sigs, opened.UnverifiedSigs...) {
		if _, err := strict.DecodeString(signature.Base64); err != nil {
			return nil, fmt.Errorf("the signature of %s: %w", signature.Name, err)
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != e.log.Name() {
		return nil, fmt.Errorf("not a checkpoint of %s", e.log.Name())
	}
	size, err := decimal(lines[1])
	if err != nil {
		return nil, err
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return nil, err
	}
	return &checkpoint{size, root}, nil
}

// ---- entries

// verifyEntries checks the files checkpoint, entries and leaves against each other.
func (e *evidence) verifyEntries() (int, error) {
	data, err := os.ReadFile(filepath.Join(e.folder, "checkpoint"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	opened, err := e.openCheckpoint(data)
	if err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	leaves, err := e.readLeaves(opened)
	if err != nil {
		return 0, fmt.Errorf("leaves: %w", err)
	}
	if err := e.readEntries(opened, leaves); err != nil {
		return 0, err
	}
	root, err := e.rootAt(opened.size)
	if err != nil {
		return 0, err
	}
	if root != opened.root {
		return 0, errors.New("entries: they do not hash to the checkpoint's root " +
			"(with a leaves file the first bad one could be named)")
	}
	for n, leaf := range e.entries {
		proof, err := tlog.ProveRecord(opened.size, int64(n), e)
		if err == nil {
			err = tlog.CheckRecord(proof, opened.size, opened.root, int64(n), leaf)
		}
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", n, err)
		}
	}
	e.checkpoint = opened
	return len(e.entries), nil
}

// readLeaves reads the leaf hashes (level 0 tiles behind each other), which must hash to the root.
func (e *evidence) readLeaves(opened *checkpoint) ([]tlog.Hash, error) {
	data, err := os.ReadFile(filepath.Join(e.folder, "leaves"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if int64(len(data)) != opened.size*tlog.HashSize {
		return nil, fmt.Errorf("%d bytes are not the hashes of %d entries", len(data), opened.size)
	}
	tree := &evidence{}
	leaves := make([]tlog.Hash, opened.size)
	for n := range leaves {
		copy(leaves[n][:], data[n*tlog.HashSize:])
		if err := tree.push(leaves[n]); err != nil {
			return nil, err
		}
	}
	root, err := tree.rootAt(opened.size)
	if err != nil {
		return nil, err
	}
	if root != opened.root {
		return nil, errors.New("they do not hash to the checkpoint's root")
	}
	return leaves, nil
}

// readEntries hashes the entries, each with its length before it, and compares them with the leaves.
func (e *evidence) readEntries(opened *checkpoint, leaves []tlog.Hash) error {
	data, err := os.ReadFile(filepath.Join(e.folder, "entries"))
	if err != nil {
		return err
	}
	for n := int64(0); len(data) > 0; n++ {
		if n == opened.size {
			return fmt.Errorf("entry %d: the checkpoint has only %d entries", n, opened.size)
		}
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return fmt.Errorf("entry %d: cut short", n)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		leaf := tlog.RecordHash(data[2:end])
		if leaves != nil && leaf != leaves[n] {
			return fmt.Errorf("entry %d: altered, its hash is %v and must be %v", n, leaf, leaves[n])
		}
		if err := e.push(leaf); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
		data = data[end:]
	}
	if int64(len(e.entries)) != opened.size {
		return fmt.Errorf("entry %d: missing, the checkpoint has %d entries", len(e.entries), opened.size)
	}
	return nil
}

func (e *evidence) push(leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(int64(len(e.entries)), leaf, e)
	e.entries = append(e.entries, leaf)
	e.stored = append(e.stored, hashes...)
	return err
}

// ReadHashes makes evidence a tlog.HashReader.
func (e *evidence) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(e.stored)) {
			return nil, fmt.Errorf("hash %d is beyond the entries", index)
		}
		hashes[i] = e.stored[index]
	}
	return hashes, nil
}

func (e *evidence) rootAt(size int64) (tlog.Hash, error) {
	if size == 0 {
		// RFC 6962, section 2.1; older versions of sumdb/tlog say zero.
		return sha256.Sum256(nil), nil
	}
	if size > int64(len(e.entries)) {
		return tlog.Hash{}, fmt.Errorf("size %d is beyond the %d entries", size, len(e.entries))
	}
	return tlog.TreeHash(size, e)
}

// ---- proof files

// verifyProof checks NAME.tlog-proof for the entry in NAME.entry, or else the one in entries.
func (e *evidence) verifyProof(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, body, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || lines[0] != proofHeader {
		return fmt.Errorf("no %s file", proofHeader)
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if _, err := strict.DecodeString(strings.TrimPrefix(lines[0], "extra ")); err != nil {
			return err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return errors.New("no index line")
	}
	index, err := decimal(strings.TrimPrefix(lines[0], "index "))
	if err != nil {
		return err
	}
	proof, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(path, ".tlog-proof")
	keys, err := e.keysOf(filepath.Base(name) + ".vkeys")
	if err != nil {
		return err
	}
	opened, err := keys.openCheckpoint(body)
	if err != nil {
		return err
	}
	leaf, err := keys.provedLeaf(name+".entry", index)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, opened.size, opened.root, index, leaf); err != nil {
		return fmt.Errorf("entry %d: %w", index, err)
	}
	return keys.compare(opened)
}

// keysOf is the evidence under a proof's own keys, or all of it where the proof has none. With keys of
// its own a proof is compared with the folder's log only if it is of that log.
func (e *evidence) keysOf(name string) (*evidence, error) {
	own := &evidence{folder: e.folder}
	err := own.readKeys(name)
	if errors.Is(err, os.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if e.log != nil && e.log.Name() == own.log.Name() {
		own.entries, own.stored, own.checkpoint = e.entries, e.stored, e.checkpoint
	}
	return own, nil
}

func (e *evidence) provedLeaf(path string, index int64) (tlog.Hash, error) {
	entry, err := os.ReadFile(path)
	if err == nil {
		return tlog.RecordHash(entry), nil
	}
	if errors.Is(err, os.ErrNotExist) && index < int64(len(e.entries)) {
		return e.entries[index], nil
	}
	return tlog.Hash{}, err
}

// ---- consistency

// verifyConsistency checks a proof from an earlier size to the checkpoint it carries, in the form of a
// c2sp.org/tlog-witness request: `old <size>`, hashes, an empty line, the checkpoint.
func (e *evidence) verifyConsistency(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, body, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || !strings.HasPrefix(lines[0], "old ") {
		return errors.New("no old line, or no checkpoint")
	}
	old, err := decimal(strings.TrimPrefix(lines[0], "old "))
	if err != nil {
		return err
	}
	proof, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	opened, err := e.openCheckpoint(body)
	if err != nil {
		return err
	}
	root, err := e.rootAt(old)
	if err != nil {
		return err
	}
	if old == 0 {
		if len(proof) != 0 {
			return errors.New("a proof from nothing has no hashes")
		}
	} else if err := tlog.CheckTree(proof, opened.size, opened.root, old, root); err != nil {
		return fmt.Errorf("from %d to %d: %w", old, opened.size, err)
	}
	return e.compare(opened)
}

// verifyEarlier checks that an earlier checkpoint is one of this log's past.
func (e *evidence) verifyEarlier(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	opened, err := e.openCheckpoint(data)
	if err != nil {
		return err
	}
	if e.checkpoint == nil {
		return errors.New("there is no checkpoint file to compare it with")
	}
	if opened.size > e.checkpoint.size {
		return fmt.Errorf("its size %d is beyond the checkpoint's %d", opened.size, e.checkpoint.size)
	}
	if opened.size > 0 {
		proof, err := tlog.ProveTree(e.checkpoint.size, opened.size, e)
		if err != nil {
			return err
		}
		err = tlog.CheckTree(proof, e.checkpoint.size, e.checkpoint.root, opened.size, opened.root)
		if err != nil {
			return fmt.Errorf("the log was rewritten after it: %w", err)
		}
	}
	return e.compare(opened)
}

// compare holds a verified checkpoint against the entries, as far as they go.
func (e *evidence) compare(opened *checkpoint) error {
	if e.checkpoint == nil || opened.size > e.checkpoint.size {
		return nil
	}
	root, err := e.rootAt(opened.size)
	if err != nil {
		return err
	}
	if root != opened.root {
		return fmt.Errorf("its root is not that of the first %d entries", opened.size)
	}
	return nil
}

// ---- text

func decimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, err
	}
	if number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is no plain decimal", text)
	}
	return number, nil
}

func parseHash(text string) (tlog.Hash, error) {
	var hash tlog.Hash
	data, err := strict.DecodeString(text)
	if err != nil || len(data) != len(hash) {
		return hash, fmt.Errorf("%q is no hash", text)
	}
	copy(hash[:], data)
	return hash, nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}
