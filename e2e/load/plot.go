package main

import (
	"fmt"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

const (
	// The picture's size, in points.
	plotWidth, plotHeight = 1200, 700
	// fastest keeps the logarithm of a latency in the picture, in milliseconds.
	fastest = 0.5
)

var (
	blue   = color.NRGBA{R: 31, G: 119, B: 180, A: 90}
	orange = color.NRGBA{R: 255, G: 127, B: 14, A: 160}
	red    = color.NRGBA{R: 214, G: 39, B: 40, A: 255}
	green  = color.NRGBA{R: 44, G: 160, B: 44, A: 255}
	gray   = color.NRGBA{R: 127, G: 127, B: 127, A: 255}
)

// plotRun draws latencies above, and below which version answered.
func plotRun(path string, log *record, s *summary) error {
	above, err := plotLatencies(log, s)
	if err != nil {
		return err
	}
	below, err := plotVersions(log, s)
	if err != nil {
		return err
	}
	above.X.Min, above.X.Max = 0, max(s.Seconds, 1)
	below.X.Min, below.X.Max = above.X.Min, above.X.Max

	canvas := vgimg.New(vg.Points(plotWidth), vg.Points(plotHeight))
	tiles := draw.Tiles{Rows: 2, Cols: 1, PadY: vg.Points(10), PadTop: vg.Points(5), PadRight: vg.Points(10)}
	plots := [][]*plot.Plot{{above}, {below}}
	for row, canvases := range plot.Align(plots, tiles, draw.New(canvas)) {
		plots[row][0].Draw(canvases[0])
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func plotLatencies(log *record, s *summary) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = s.String()
	p.Y.Label.Text = "latency, ms"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{}
	p.Y.Min, p.Y.Max = fastest, max(10*fastest, s.Max, s.SlowP50)
	var quick, slowly, bad plotter.XYs
	for _, o := range log.outcomes {
		at := plotter.XY{X: log.seconds(o.begin), Y: max(fastest, float64(o.latency.Microseconds())/1000)}
		p.Y.Max = max(p.Y.Max, at.Y)
		switch {
		case o.failed != "" || o.wrong != "":
			bad = append(bad, at)
		case o.kind == slow:
			slowly = append(slowly, at)
		default:
			quick = append(quick, at)
		}
	}
	for _, group := range []struct {
		name   string
		points plotter.XYs
		style  draw.GlyphStyle
	}{
		{"request", quick, draw.GlyphStyle{Color: blue, Radius: vg.Points(0.8), Shape: draw.CircleGlyph{}}},
		{"slow request", slowly, draw.GlyphStyle{Color: orange, Radius: vg.Points(1.2), Shape: draw.CircleGlyph{}}},
		{"failed or wrong", bad, draw.GlyphStyle{Color: red, Radius: vg.Points(3), Shape: draw.CrossGlyph{}}},
	} {
		if err := scatter(p, fmt.Sprintf("%s (%d)", group.name, len(group.points)), group.points, group.style); err != nil {
			return nil, err
		}
	}
	p.Legend.Top = true
	return p, drawMarks(p, s)
}

// plotVersions has a row of points for every version.
func plotVersions(log *record, s *summary) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text = "seconds"
	p.Y.Label.Text = "version that answers"
	p.Y.Min, p.Y.Max = 0, float64(len(s.Versions)+1)
	rows, ticks := map[string]float64{}, plot.ConstantTicks{}
	for i, v := range s.Versions {
		rows[v.Version] = float64(i + 1)
		ticks = append(ticks, plot.Tick{Value: float64(i + 1), Label: v.Version})
	}
	p.Y.Tick.Marker = ticks
	var points plotter.XYs
	for _, o := range log.outcomes {
		if o.version != "" {
			points = append(points, plotter.XY{X: log.seconds(o.begin), Y: rows[o.version]})
		}
	}
	err := scatter(p, "", points, draw.GlyphStyle{Color: green, Radius: vg.Points(1.5), Shape: draw.BoxGlyph{}})
	if err != nil {
		return nil, err
	}
	return p, drawMarks(p, s)
}

func scatter(p *plot.Plot, name string, points plotter.XYs, style draw.GlyphStyle) error {
	if len(points) == 0 {
		return nil
	}
	drawn, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	drawn.GlyphStyle = style
	p.Add(drawn)
	if name != "" {
		p.Legend.Add(name, drawn)
	}
	return nil
}

// drawMarks draws a line with its text at every mark.
func drawMarks(p *plot.Plot, s *summary) error {
	for _, m := range s.Marks {
		line, err := plotter.NewLine(plotter.XYs{{X: m.Seconds, Y: p.Y.Min}, {X: m.Seconds, Y: p.Y.Max}})
		if err != nil {
			return err
		}
		line.Color, line.Dashes = gray, []vg.Length{vg.Points(3), vg.Points(3)}
		text, err := plotter.NewLabels(plotter.XYLabels{
			XYs: plotter.XYs{{X: m.Seconds, Y: p.Y.Min}}, Labels: []string{" " + m.Text},
		})
		if err != nil {
			return err
		}
		p.Add(line, text)
	}
	return nil
}
