// org.freedesktop.systemd1.Unit, .Job, and our own interface of units.
#include "bus/objects/unit_file_memo.hpp"
#include "bus/properties/property_rows.hpp"
#include "run/clean.hpp"
#include "unit/condition/condition.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

using enum Changes;

template <Dependency Kind>
void dependencies(const BusObject& o, Writer& out) {
    out.open_array("s");
    for (const auto& edge : o.manager.graph().edges(o.unit->id, Kind)) {
        // One that is its own inverse shows where it was written.
        if (inverse(Kind) == Kind && edge.own == 0) continue;
        UnitId other = o.manager.graph().unit_of(edge);
        if (o.manager.exists(other)) out.string(o.manager.unit(other).name().str());
    }
    out.close_array();
}
template <Dependency Kind>
constexpr Property dependency_row() {
    return {to_string(Kind), "as", Never, dependencies<Kind>};
}

void names(const BusObject& o, Writer& out) {
    out.open_array("s");
    for (const UnitName& name : o.unit->loaded.names) out.string(name.str());
    out.close_array();
}

void job(const BusObject& o, Writer& out) {
    JobId id = o.unit->job;
    out.open_struct().uint32(id).object_path(id ? job_object_path(id) : "/").close_struct();
}

void load_error(const BusObject& o, Writer& out) {
    const Error& error = *o.unit->loaded.load_error;
    out.open_struct().string(error.name).string(error.text).close_struct();
}

void markers(const BusObject& o, Writer& out) {
    auto found = o.record.markers.find(o.unit->name().str());
    uint8_t bits = found == o.record.markers.end() ? 0 : found->second;
    std::vector<std::string_view> words;
    if (bits & marker_needs_reload) words.emplace_back("needs-reload");
    if (bits & marker_needs_restart) words.emplace_back("needs-restart");
    out.strings(words);
}

void invocation_id(const BusObject& o, Writer& out) {
    out.open_array("y");
    if (o.unit->invocation_id != std::array<uint8_t, 16>{}) {
        for (uint8_t byte : o.unit->invocation_id) out.byte(byte);
    }
    out.close_array();
}

// Each with how it came out when the unit was to start last.
void write_conditions(std::string_view list, const std::vector<Condition>& conditions,
                      const std::vector<ConditionResult>& results, Writer& out) {
    out.open_array("(sbbsi)");
    for (size_t i = 0; i < conditions.size(); ++i) {
        const Condition& condition = conditions[i];
        auto result = i < results.size() ? results[i] : ConditionResult::Untested;
        out.open_struct().string(cat(list, to_text(condition.type))).boolean(condition.trigger);
        out.boolean(condition.negate)
            .string(condition.parameter)
            .int32(static_cast<int32_t>(result));
        out.close_struct();
    }
    out.close_array();
}
void conditions(const BusObject& o, Writer& out) {
    write_conditions("Condition", o.unit->loaded.unit.conditions, o.unit->condition_results, out);
}
void asserts(const BusObject& o, Writer& out) {
    write_conditions("Assert", o.unit->loaded.unit.asserts, o.unit->assert_results, out);
}

// Also of the services and targets that lie in this program, unlike a slice that needs none.
bool has_file(const Unit& unit) {
    auto state = unit.loaded.load_state;
    if (unit.loaded.fragment_path.empty() && !kind_of(unit.type()).is_embedded) return false;
    return state != LoadState::NotFound && state != LoadState::Stub && state != LoadState::Merged;
}

void unit_file_state_of(const BusObject& o, Writer& out) {
    if (!has_file(*o.unit)) {
        out.string("");
        return;
    }
    out.string(o.record.unit_files->ask(*o.unit).state);
}

void unit_file_preset_of(const BusObject& o, Writer& out) {
    if (!has_file(*o.unit)) {
        out.string("");
        return;
    }
    out.string(o.record.unit_files->ask(*o.unit).preset_enables ? "enabled" : "disabled");
}

bool is_loaded(const Unit& unit) {
    return unit.loaded.load_state == LoadState::Loaded;
}

void can_clean(const BusObject& o, Writer& out) {
    std::vector<std::string_view> words;
    if (is_loaded(*o.unit)) {
        for (auto type : cleanable_types(*o.unit)) words.push_back(to_string(type));
    }
    out.strings(words);
}

bool can_start(const Unit& unit) {
    return is_loaded(unit) && kind_of(unit.type()).can_start &&
           !unit.loaded.unit.refuse_manual_start;
}

// What a container has none of cannot be stopped there, nor what is there to the end.
bool can_stop(const Unit& unit) {
    return kind_of(unit.type()).can_stop && !unit.loaded.perpetual &&
           !unit.loaded.unit.refuse_manual_stop;
}

using D = Dependency;

constexpr Property unit_rows[] = {
    {"Id", "s", Never, of_unit<[](const Unit& u) -> const std::string& { return u.name().str(); }>},
    {"Names", "as", Never, names},
    {"Following", "s", Silently},
    dependency_row<D::Requires>(),
    dependency_row<D::Requisite>(),
    dependency_row<D::Wants>(),
    dependency_row<D::BindsTo>(),
    dependency_row<D::PartOf>(),
    dependency_row<D::Upholds>(),
    dependency_row<D::RequiredBy>(),
    dependency_row<D::RequisiteOf>(),
    dependency_row<D::WantedBy>(),
    dependency_row<D::BoundBy>(),
    dependency_row<D::UpheldBy>(),
    dependency_row<D::ConsistsOf>(),
    dependency_row<D::Conflicts>(),
    dependency_row<D::ConflictedBy>(),
    dependency_row<D::Before>(),
    dependency_row<D::After>(),
    dependency_row<D::OnSuccess>(),
    dependency_row<D::OnSuccessOf>(),
    dependency_row<D::OnFailure>(),
    dependency_row<D::OnFailureOf>(),
    dependency_row<D::Triggers>(),
    dependency_row<D::TriggeredBy>(),
    dependency_row<D::PropagatesReloadTo>(),
    dependency_row<D::ReloadPropagatedFrom>(),
    dependency_row<D::PropagatesStopTo>(),
    dependency_row<D::StopPropagatedFrom>(),
    dependency_row<D::JoinsNamespaceOf>(),
    dependency_row<D::SliceOf>(),
    {"AccessSELinuxContext", "s", Never},
    {"LoadState", "s", Never, of_unit<[](const Unit& u) { return to_text(u.loaded.load_state); }>},
    {"ActiveState", "s", Announced, of_unit<[](const Unit& u) { return to_string(u.active); }>},
    {"FreezerState", "s", Announced, of_unit<[](const Unit&) { return "running"; }>},
    {"SubState", "s", Announced, of_unit<[](const Unit& u) { return u.sub_state(); }>},
    {"FragmentPath", "s", Never, of_unit<[](const Unit& u) { return u.loaded.fragment_path; }>},
    {"DropInPaths", "as", Never, of_unit<[](const Unit& u) { return u.loaded.drop_in_paths; }>},
    {"UnitFileState", "s", Silently, unit_file_state_of},
    {"UnitFilePreset", "s", Silently, unit_file_preset_of},
    moment("StateChangeTimestamp", Announced,
           [](const BusObject& o) { return o.unit->state_change; }),
    moment("InactiveExitTimestamp", Announced,
           [](const BusObject& o) { return o.unit->inactive_exit; }),
    moment("ActiveEnterTimestamp", Announced,
           [](const BusObject& o) { return o.unit->active_enter; }),
    moment("ActiveExitTimestamp", Announced,
           [](const BusObject& o) { return o.unit->active_exit; }),
    moment("InactiveEnterTimestamp", Announced,
           [](const BusObject& o) { return o.unit->inactive_enter; }),
    {"CanStart", "b", Never, of_unit<can_start>},
    {"CanStop", "b", Never, of_unit<can_stop>},
    {"CanReload", "b", Never, of_unit<[](const Unit& u) {
         return kind_of(u.loaded).can_reload || (is_loaded(u) && can_reload(u));
     }>},
    {"CanIsolate", "b", Never, of_unit<[](const Unit& u) {
         return u.loaded.unit.allow_isolate && !u.loaded.unit.refuse_manual_start;
     }>},
    {"CanClean", "as", Never, can_clean},
    {"CanFreeze", "b", Never},
    {"Job", "(uo)", Announced, job},
    {"NeedDaemonReload", "b", Silently,
     of_object<[](const BusObject& o) { return o.manager.needs_reload(*o.unit); }>},
    {"Markers", "as", Silently, markers},
    {"ConditionResult", "b", Announced, of_unit<[](const Unit& u) { return u.condition_result; }>},
    {"AssertResult", "b", Announced, of_unit<[](const Unit& u) { return u.assert_result; }>},
    moment("ConditionTimestamp", Announced,
           [](const BusObject& o) { return o.unit->condition_time; }),
    moment("AssertTimestamp", Announced, [](const BusObject& o) { return o.unit->assert_time; }),
    {"Conditions", "a(sbbsi)", Invalidated, conditions},
    {"Asserts", "a(sbbsi)", Invalidated, asserts},
    {"LoadError", "(ss)", Never, load_error},
    {"Transient", "b", Never,
     of_unit<[](const Unit& u) { return u.loaded.perpetual && kind_of(u.loaded).only_transient; }>},
    {"Perpetual", "b", Never, of_unit<[](const Unit& u) { return u.loaded.perpetual; }>},
    {"InvocationID", "ay", Announced, invocation_id},
    {"Refs", "as", Silently},
    {"ActivationDetails", "a(ss)", Announced},
};

void job_cause(const BusObject& o, Writer& out) {
    auto found = o.record.job_failures.find(o.unit->name().str());
    JobFailure failure = found == o.record.job_failures.end() ? JobFailure{} : found->second;
    out.open_struct().string(failure.unit).string(failure.text).close_struct();
}

constexpr Property own_rows[] = {
    {"Cause", "s", Silently, of_unit<[](const Unit& u) { return u.cause.text; }>},
    {"Unmet", "s", Silently, of_unit<[](const Unit& u) { return u.unmet; }>},
    {"JobCause", "(ss)", Silently, job_cause},
};

void job_unit(const BusObject& o, Writer& out) {
    const std::string& name = o.manager.unit(o.job->unit).name().str();
    out.open_struct().string(name).object_path(unit_object_path(name)).close_struct();
}

constexpr Property job_rows[] = {
    {"Id", "u", Never, of_object<[](const BusObject& o) { return o.job->id; }>},
    {"Unit", "(so)", Never, job_unit},
    {"JobType", "s", Never, of_object<[](const BusObject& o) { return to_string(o.job->type); }>},
    {"State", "s", Announced,
     of_object<[](const BusObject& o) { return to_string(o.job->state); }>},
    {"ActivationDetails", "a(ss)", Never},
};

} // namespace

std::span<const Property> unit_properties() {
    return unit_rows;
}
std::span<const Property> own_unit_properties() {
    return own_rows;
}
std::span<const Property> job_properties() {
    return job_rows;
}

} // namespace sctl
