//! Circles among the files of a crate.

use crate::modules::Tree;
use crate::resolve::Use;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How often each file uses each other one.
type Graph = BTreeMap<usize, BTreeMap<usize, usize>>;

/// Describes every circle: its files, and the lines that close it when the files are put in the order
/// that leaves the fewest such lines.
pub(crate) fn describe(tree: &Tree, uses: &[Use], name: impl Fn(&Path) -> String) -> Vec<String> {
    let name = |file: usize| name(&tree.files[file]);
    let mut graph = Graph::new();
    for found in uses {
        let targets = graph.entry(found.from).or_default();
        *targets.entry(found.to).or_default() += 1;
    }
    let mut descriptions = Vec::new();
    for circle in components(&graph) {
        let mut lines = vec![format!("circle of {} files:", circle.len())];
        lines.extend(circle.iter().map(|file| format!("    {}", name(*file))));
        lines.push("  closed by:".to_owned());
        let order = order(&graph, &circle);
        let position = |file| order.iter().position(|other| *other == file);
        for found in uses {
            let ends = (position(found.from), position(found.to));
            if let (Some(from), Some(to)) = ends
                && from > to
            {
                let (from, to) = (name(found.from), name(found.to));
                let Use { line, path, .. } = found;
                lines.push(format!("    {from}:{line} uses {path} ({to})"));
            }
        }
        descriptions.push(lines.join("\n"));
    }
    descriptions
}

/// Returns the strongly connected components of more than one file.
fn components(graph: &Graph) -> Vec<BTreeSet<usize>> {
    let reachable: BTreeMap<usize, BTreeSet<usize>> = graph
        .keys()
        .map(|start| (*start, reachable(graph, *start)))
        .collect();
    let reaches = |from: usize, to: usize| {
        reachable
            .get(&from)
            .is_some_and(|reached| reached.contains(&to))
    };
    let circles: BTreeSet<BTreeSet<usize>> = graph
        .keys()
        .filter(|file| reaches(**file, **file))
        .map(|file| {
            let others = reachable[file].iter().copied();
            others.filter(|other| reaches(*other, *file)).collect()
        })
        .collect();
    circles.into_iter().collect()
}

/// Returns the files that a file uses, directly or indirectly.
fn reachable(graph: &Graph, start: usize) -> BTreeSet<usize> {
    let (mut found, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(next) = open.pop() {
        for target in graph.get(&next).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(*target) {
                open.push(*target);
            }
        }
    }
    found
}

/// Orders the files of a circle with few uses pointing backwards (Eades, Lin and Smyth, 1993: a fast
/// and effective heuristic for the feedback arc set problem).
fn order(graph: &Graph, circle: &BTreeSet<usize>) -> Vec<usize> {
    let (mut left, mut first, mut last) = (circle.clone(), Vec::new(), Vec::new());
    let count = |from: usize, to: usize| graph.get(&from).and_then(|uses| uses.get(&to)).copied();
    while !left.is_empty() {
        let degree = |file: usize| {
            let others = left.iter().filter(|other| **other != file);
            others.fold((0_usize, 0_usize), |(outgoing, incoming), other| {
                (
                    outgoing + count(file, *other).unwrap_or(0),
                    incoming + count(*other, file).unwrap_or(0),
                )
            })
        };
        let sink = left.iter().copied().find(|file| degree(*file).0 == 0);
        let next = sink.unwrap_or_else(|| {
            let surplus = |file: &usize| {
                let (outgoing, incoming) = degree(*file);
                outgoing.cast_signed() - incoming.cast_signed()
            };
            left.iter().copied().max_by_key(surplus).unwrap()
        });
        left.remove(&next);
        if sink.is_some() {
            last.push(next);
        } else {
            first.push(next);
        }
    }
    first.extend(last.into_iter().rev());
    first
}
