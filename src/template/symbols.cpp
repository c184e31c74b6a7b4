#include "template/symbols.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace sctl::jinja {

void Symbols::set_load(LoadRow row) {
    auto found = std::ranges::find(loads_, row.ident, &LoadRow::ident);
    if (found == loads_.end())
        loads_.push_back(std::move(row));
    else
        *found = std::move(row);
}

Ident Symbols::define(const String& name, From from, const String& from_name, Ident other) {
    auto index = static_cast<uint16_t>(function_->slots.size());
    String key = joined(level_, "_", name);
    Ident ident{function_, function_->slots.try_emplace(key, index).first->second};
    refs_[name] = ident;
    set_load({ident, from, from_name, other});
    return ident;
}

const Ident* Symbols::find(std::string_view name) const {
    for (const Symbols* scope = this; scope; scope = scope->parent_) {
        auto found = scope->refs_.find(name);
        if (found != scope->refs_.end()) return &found->second;
    }
    return nullptr;
}

void Symbols::store(const String& name) {
    stores_.insert(name);
    if (refs_.contains(name)) return;
    const Ident* outer = parent_ ? parent_->find(name) : nullptr;
    if (outer)
        define(name, From::Other, {}, *outer);
    else
        define(name, From::Undefined);
}

Ident Symbols::declare_parameter(const String& name) {
    stores_.insert(name);
    return define(name, From::Parameter);
}

void Symbols::load(const String& name) {
    if (!find(name)) define(name, From::Context, name);
}

void Symbols::branch_update(const Vector<Symbols>& branches) {
    std::map<String, size_t> counts;
    for (const Symbols& branch : branches)
        for (const String& name : branch.stores_)
            if (!stores_.contains(name)) counts[name]++;
    for (const Symbols& branch : branches) {
        for (const auto& [name, ident] : branch.refs_) refs_[name] = ident;
        for (const LoadRow& row : branch.loads_) set_load(row);
        stores_.insert(branch.stores_.begin(), branch.stores_.end());
    }
    for (const auto& [name, count] : counts) {
        if (count == branches.size()) continue;
        const Ident* ident = find(name);
        if (!ident) continue;
        const Ident* outer = parent_ ? parent_->find(name) : nullptr;
        if (outer)
            set_load({*ident, From::Other, {}, *outer});
        else
            set_load({*ident, From::Context, name, {}});
    }
}

std::map<String, Ident> Symbols::visible() const {
    std::map<String, Ident> out;
    for (const Symbols* scope = this; scope; scope = scope->parent_)
        for (const String& name : scope->stores_)
            if (const Ident* ident = find(name)) out.try_emplace(name, *ident);
    return out;
}

namespace {

// Looks at a node for the scope it stands in; what has a scope of its own is not entered.
void visit_symbols(Symbols& symbols, Node& node);

void visit_all(Symbols& symbols, const Nodes& nodes) {
    for (Node* node : nodes)
        if (node) visit_symbols(symbols, *node);
}

void visit_branches(Symbols& symbols, Node& node) {
    visit_symbols(symbols, *node.test);
    Vector<Symbols> branches(3, symbols);
    visit_all(branches[0], node.body);
    visit_all(branches[1], node.elifs);
    visit_all(branches[2], node.orelse);
    symbols.branch_update(branches);
}

void visit_name(Symbols& symbols, const Node& node) {
    if (node.access == Access::Parameter)
        symbols.declare_parameter(node.name);
    else if (node.access == Access::Store)
        symbols.store(node.name);
    else
        symbols.load(node.name);
}

void visit_symbols(Symbols& symbols, Node& node) {
    Depth depth;
    switch (node.type) {
        case NodeType::Name: visit_name(symbols, node); return;
        case NodeType::NamespaceRef: symbols.load(node.name); return;
        case NodeType::If: visit_branches(symbols, node); return;
        case NodeType::Macro: symbols.store(node.name); return;
        case NodeType::Import:
            visit_symbols(symbols, *node.left);
            symbols.store(node.name);
            return;
        case NodeType::FromImport:
            visit_symbols(symbols, *node.left);
            for (const auto& name : node.names) symbols.store(name.second);
            return;
        case NodeType::Set:
            visit_symbols(symbols, *node.left);
            visit_symbols(symbols, *node.target);
            return;
        case NodeType::For:
        case NodeType::CallBlock:
        case NodeType::FilterBlock: visit_symbols(symbols, *node.left); return;
        case NodeType::With: visit_all(symbols, node.defaults); return;
        case NodeType::SetBlock: visit_symbols(symbols, *node.target); return;
        case NodeType::Scope:
        case NodeType::Block: return;
        default: visit_all(symbols, children_of(node));
    }
}

// The target of a loop: all its names are parameters.
void visit_loop_target(Symbols& symbols, const Node& node) {
    if (node.type == NodeType::Name) symbols.declare_parameter(node.name);
    for (const Node* part : node.nodes) visit_loop_target(symbols, *part);
}

class UndeclaredNames {
  public:
    explicit UndeclaredNames(std::set<std::string_view> names) : names_(std::move(names)) {}

    // False when all have been found.
    bool visit(const Node& node) {
        if (node.type == NodeType::Block) return true;
        if (node.type == NodeType::Name) {
            if (node.access != Access::Load || !names_.contains(node.name)) {
                names_.erase(node.name);
                return true;
            }
            found.insert(*names_.find(node.name));
            return found != names_;
        }
        return std::ranges::all_of(children_of(node),
                                   [this](const Node* child) { return visit(*child); });
    }

    std::set<std::string_view> found;

  private:
    std::set<std::string_view> names_;
};

} // namespace

void analyze(Symbols& symbols, Node& node, Part part) {
    switch (part) {
        case Part::All: visit_all(symbols, children_of(node)); return;
        case Part::WithoutCall:
            visit_all(symbols, node.nodes);
            visit_all(symbols, node.defaults);
            visit_all(symbols, node.body);
            return;
        case Part::Body:
            if (node.type == NodeType::For) visit_loop_target(symbols, *node.target);
            if (node.type == NodeType::With) visit_all(symbols, node.nodes);
            visit_all(symbols, node.body);
            return;
        case Part::Else: visit_all(symbols, node.orelse); return;
        case Part::Test:
            visit_loop_target(symbols, *node.target);
            visit_symbols(symbols, *node.test);
    }
}

std::set<std::string_view> find_undeclared(const Nodes& nodes, std::set<std::string_view> names) {
    UndeclaredNames visitor(std::move(names));
    for (const Node* node : nodes)
        if (!visitor.visit(*node)) break;
    return visitor.found;
}

} // namespace sctl::jinja
