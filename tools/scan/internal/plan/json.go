package plan

import "encoding/json"

// MarshalJSON writes the plan as `terraform show -json` does.
func (p *Plan) MarshalJSON() ([]byte, error) {
	type object = map[string]any
	planned, changes, configured := []object{}, []object{}, []object{}
	for _, r := range p.Resources {
		identity := func(more object) object {
			more["address"], more["mode"], more["type"], more["name"] = r.Address, "managed", r.Type, r.Name
			return more
		}
		planned = append(planned, identity(object{
			"provider_name": provider, "schema_version": 0, "values": r.values, "sensitive_values": r.sensitive,
		}))
		changes = append(changes, identity(object{
			"provider_name": provider,
			"change": object{
				"actions": []string{"create"}, "before": nil, "after": r.values,
				"after_unknown": object{}, "before_sensitive": false, "after_sensitive": r.sensitive,
			},
		}))
		configured = append(configured, identity(object{
			"provider_config_key": "aws", "schema_version": 0, "expressions": r.expressions,
		}))
	}
	return json.Marshal(object{
		"format_version":    "1.2",
		"terraform_version": "1.9.0",
		"planned_values":    object{"root_module": object{"resources": planned}},
		"resource_changes":  changes,
		"configuration": object{
			"provider_config": object{"aws": object{
				"name": "aws", "full_name": provider,
				"expressions": object{"region": object{"constant_value": p.region}},
			}},
			"root_module": object{"resources": configured},
		},
	})
}
