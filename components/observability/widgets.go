package observability

import "encoding/json"

// The body of a dashboard, as far as it is used here:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type dashboardBody struct {
	Widgets []widget `json:"widgets"`
}

type widget struct {
	Type       string `json:"type"`
	X          int    `json:"x"`
	Y          int    `json:"y"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties any    `json:"properties"`
}

type alarmProperties struct {
	Title  string   `json:"title"`
	Alarms []string `json:"alarms"`
}

type logProperties struct {
	Title  string `json:"title"`
	Region string `json:"region"`
	Query  string `json:"query"`
	View   string `json:"view"`
}

type metricProperties struct {
	Title   string   `json:"title"`
	Region  string   `json:"region"`
	View    string   `json:"view"`
	Period  int      `json:"period"`
	Metrics []series `json:"metrics"`
	YAxis   yAxis    `json:"yAxis"`
}

type yAxis struct {
	Left axis `json:"left"`
}

type axis struct {
	Min       int    `json:"min"`
	Label     string `json:"label"`
	ShowUnits bool   `json:"showUnits"`
}

// series is one line of a graph. In JSON it is an array: namespace, name, then
// the name and value of each dimension, then how it is drawn.
type series struct {
	namespace, name string
	dimensions      []string
	options         seriesOptions
}

type seriesOptions struct {
	Label     string `json:"label"`
	Statistic string `json:"stat"`
}

// MarshalJSON implements json.Marshaler.
func (s series) MarshalJSON() ([]byte, error) {
	parts := []any{s.namespace, s.name}
	for _, part := range s.dimensions {
		parts = append(parts, part)
	}
	return json.Marshal(append(parts, s.options))
}

// A dashboard is a grid of 24 columns.
const (
	gridColumns  = 24
	graphColumns = 8
	graphRows    = 6
	alarmRows    = 3
	logRows      = 8
)

// grid places widgets from left to right, row by row.
type grid struct {
	widgets []widget
	x, y    int
	height  int
}

// add places a widget beside the one before, or below when it does not fit.
func (g *grid) add(kind string, width, height int, properties any) {
	if g.x+width > gridColumns {
		g.x, g.y = 0, g.y+g.height
	}
	g.widgets = append(g.widgets, widget{Type: kind, X: g.x, Y: g.y, Width: width, Height: height, Properties: properties})
	g.x, g.height = g.x+width, height
}
