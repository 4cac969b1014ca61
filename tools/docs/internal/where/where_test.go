package where_test

import (
	"testing"

	"golang.org/x/tools/txtar"

	"gitlab.com/slipway/slipway/tools/docs/internal/where"
)

func TestRefresh(t *testing.T) {
	for _, path := range []string{"testdata/moved.txtar", "testdata/broken.txtar", "testdata/empty.txtar"} {
		t.Run(path, func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, err := txtar.FS(archive)
			if err != nil {
				t.Fatal(err)
			}
			page, want := archive.Files[0].Data, archive.Files[1]
			fresh, err := where.Refresh(files, page)
			got := string(fresh)
			if want.Name == "error" {
				if err == nil {
					t.Fatalf("no error, and\n%s", fresh)
				}
				got = err.Error() + "\n"
			} else if err != nil {
				t.Fatal(err)
			}
			if got != string(want.Data) {
				t.Errorf("got\n%swant\n%s", got, want.Data)
			}
		})
	}
}
