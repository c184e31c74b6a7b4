// Which variable a name means, and where it is kept: what Jinja2 works out (idtracking.py) before
// it makes a template into Python code, with the same answers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "template/node.hpp"

namespace sctl::jinja {

// The places for variables of one function, which grow while its body is looked at.
struct FunctionPlan {
    FunctionPlan* outer = nullptr;
    std::map<String, uint16_t, std::less<>> slots; // "LEVEL_NAME"
};

// A variable of a function.
struct Ident {
    FunctionPlan* function = nullptr;
    uint16_t index = 0;
    bool operator==(const Ident&) const = default;
};

// The names that a scope knows.
class Symbols {
  public:
    enum class From { Parameter, Context, Other, Undefined };
    struct LoadRow {
        Ident ident;
        From from;
        String name; // Context
        Ident other; // Other
    };

    Symbols(const Symbols* parent, FunctionPlan* function, int level)
        : parent_(parent), function_(function), level_(level) {}

    void store(const String& name);
    Ident declare_parameter(const String& name);
    void load(const String& name);
    void branch_update(const Vector<Symbols>& branches);
    // Nothing where the name is unknown.
    [[nodiscard]] const Ident* find(std::string_view name) const;
    // What is stored from here outwards, by name.
    [[nodiscard]] std::map<String, Ident> visible() const;
    [[nodiscard]] const Vector<LoadRow>& loads() const { return loads_; }
    [[nodiscard]] int level() const { return level_; }
    [[nodiscard]] FunctionPlan* function() const { return function_; }

  private:
    Ident define(const String& name, From from, const String& from_name = {}, Ident other = {});
    void set_load(LoadRow row);

    const Symbols* parent_;
    FunctionPlan* function_;
    int level_;
    std::map<String, Ident, std::less<>> refs_;
    Vector<LoadRow> loads_;
    std::set<String> stores_;
};

// What of a node is looked at for its own scope.
enum class Part { All, WithoutCall, Body, Else, Test };
void analyze(Symbols& symbols, Node& node, Part part = Part::All);

// Those of the names that are read in the nodes before they are set there. Blocks are left out.
[[nodiscard]] std::set<std::string_view> find_undeclared(const Nodes& nodes,
                                                         std::set<std::string_view> names);

} // namespace sctl::jinja
