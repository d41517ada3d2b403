package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrLocked: another broker runs on the directory.
var ErrLocked = errors.New("in use by another process")

// lock takes the directory for this process, or says why not. The server takes
// no lock of its own: two of them on one store would both start.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the broker's directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the broker's directory for writing: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, fmt.Errorf("the store %s is %w: stop the other one, or name another directory", dir, err)
	}
	return f, nil
}

// least is the room, in bytes, below which a start is refused.
const least = 64 << 20

// room is what the store may grow to: what was asked for, or four fifths of
// what it has and the disk can still give. The rest keeps the file system and
// the store's own tidying alive.
func room(c Config) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(c.Dir, &st); err != nil {
		return 0, fmt.Errorf("ask for the space on the disk of %s: %w", c.Dir, err)
	}
	free := int64(st.Bavail) * st.Bsize
	if free < least {
		return 0, fmt.Errorf("the disk of %s is full: %d MiB free, %d needed; make room or name another directory", c.Dir, free>>20, int64(least)>>20)
	}
	used, err := size(c.Dir)
	if err != nil {
		return 0, err
	}
	most := (free + used) / 5 * 4
	if c.MaxStore > 0 {
		return min(c.MaxStore, most), nil
	}
	return most, nil
}

// size is the bytes that the files of a directory take.
func size(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measure the store: %w", err)
	}
	return bytes, nil
}
